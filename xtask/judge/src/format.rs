//! Numbers in words, the same everywhere.

/// The holes that a format may have.
pub(crate) const HOLES: &str = "`{}`, `{:,}`, `{:.2}`, `{:,.2}` or `{:%}`";

/// How a number is put into words.
enum Hole {
    /// An integer with separators, or three decimals at most.
    Short,
    /// So many decimals, and whether thousands are separated.
    Decimals(usize, bool),
    Percent,
}

/// Text before the hole, the hole, text after it.
fn parse(format: &str) -> Option<(&str, Hole, &str)> {
    let (before, rest) = format.split_once('{')?;
    let (hole, after) = rest.split_once('}')?;
    let digits = |text: &str| text.parse().ok();
    let hole = match hole {
        "" | ":," => Hole::Short,
        ":%" => Hole::Percent,
        _ => match (hole.strip_prefix(":,."), hole.strip_prefix(":.")) {
            (Some(text), _) => Hole::Decimals(digits(text)?, true),
            (_, Some(text)) => Hole::Decimals(digits(text)?, false),
            _ => return None,
        },
    };
    (!before.contains('}') && !after.contains(['{', '}'])).then_some((before, hole, after))
}

/// Whether [`fill`] knows what to do with a format.
pub(crate) fn is_known(format: &str) -> bool {
    parse(format).is_some()
}

/// Fills the one hole of a format, one of [`HOLES`]. A claim with any other was refused when
/// it was read.
pub(crate) fn fill(format: &str, number: f64) -> String {
    let Some((before, hole, after)) = parse(format) else { return format.to_owned() };
    let shown = match hole {
        Hole::Short => short(number),
        Hole::Percent => format!("{} %", trimmed(number * 100.0, 1)),
        Hole::Decimals(digits, false) => format!("{number:.digits$}"),
        Hole::Decimals(digits, true) => separated(number, digits),
    };
    format!("{before}{shown}{after}")
}

/// So many decimals, rounded first, so that 999.9 is 1,000 and not 1000.
fn separated(number: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", number.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let point = if rest.is_empty() { "" } else { "." };
    let minus = if number < 0.0 { "-" } else { "" };
    format!("{minus}{}{point}{rest}", thousands(whole))
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
    let text = thousands(&format!("{:.0}", number.abs()));
    if number < 0.0 { format!("-{text}") } else { text }
}

fn thousands(digits: &str) -> String {
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
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
        assert_eq!(fill("{:,.0}", 685.239), "685");
        assert_eq!(fill("about {:,.0} B", 1_234_999.9), "about 1,235,000 B");
        assert_eq!(fill("{:,.2}", -1234.5), "-1,234.50");
    }

    #[test]
    fn a_hole_that_nobody_fills_is_known_for_one() {
        for format in ["{}", "{:,}", "{:.2} times", "{:,.0}", "{:%}"] {
            assert!(is_known(format), "{format}");
        }
        for format in ["", "{:e}", "{:,.}", "{:.x}", "{:,.0", "{} and {}", "0}"] {
            assert!(!is_known(format), "{format}");
        }
    }
}
