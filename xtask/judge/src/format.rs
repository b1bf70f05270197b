//! Numbers in words, the same everywhere.

/// Fills the one hole of a format: `{}`, `{:,}`, `{:.N}` or `{:%}`.
pub(crate) fn fill(format: &str, number: f64) -> String {
    let Some((before, rest)) = format.split_once('{') else { return format.to_owned() };
    let Some((hole, after)) = rest.split_once('}') else { return format.to_owned() };
    let shown = match hole {
        ":%" => format!("{} %", trimmed(number * 100.0, 1)),
        _ => match hole.strip_prefix(":.").and_then(|digits| digits.parse::<usize>().ok()) {
            Some(digits) => format!("{number:.digits$}"),
            None => short(number),
        },
    };
    format!("{before}{shown}{after}")
}

/// An integer with separators, or three decimals at most.
pub(crate) fn short(number: f64) -> String {
    if is_whole(number) { grouped(number) } else { trimmed(number, 3) }
}

fn is_whole(number: f64) -> bool {
    (number - libm::round(number)).abs() < 1e-9
}

fn trimmed(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn grouped(number: f64) -> String {
    let text = format!("{:.0}", number.abs());
    let mut out = String::new();
    for (position, digit) in text.chars().enumerate() {
        if position > 0 && (text.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if number < 0.0 { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        assert_eq!(fill("{:,} times", 1_234_567.0), "1,234,567 times");
        assert_eq!(fill("{:.2}", 1.987), "1.99");
        assert_eq!(fill("{:%}", 0.256), "25.6 %");
        assert_eq!(fill("{}", 0.5), "0.5");
        assert_eq!(fill("{:,}", 12.0), "12");
        assert_eq!(short(-1234.0), "-1,234");
    }
}
