//! The machine, as far as it bears on a measurement. Never its name or its users.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use record::{Cores, Machine};

use crate::command;

/// Looks at this machine.
#[must_use]
pub(crate) fn machine() -> Machine {
    let cpuinfo = read("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpuinfo.lines().find(|line| line.split(':').next().map(str::trim) == Some(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let here = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let online = cpuinfo.lines().filter(|line| line.starts_with("processor")).count().max(here);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let cores = Cores { available: count(here), online: count(online) };
    let cpu = field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let kernel = read("/proc/sys/kernel/osrelease").unwrap_or_default();
    let stable = stable(&field);
    let memory_mib = memory_mib();
    let mut hasher = blake3::Hasher::new();
    for part in [&cpu, &kernel, &format!("{cores:?} {memory_mib} {stable:?}")] {
        hasher.update(part.as_bytes());
    }
    let fingerprint = format!("fp:{}", &hasher.finalize().to_hex()[..12]);
    Machine { fingerprint, cpu, cores, memory_mib, kernel, stable, volatile: volatile() }
}

fn stable(field: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            map.insert(name.to_owned(), value);
        }
    };
    let flags = field("flags");
    put("microcode", field("microcode"));
    put("flags", flags.as_ref().map(|f| blake3::hash(f.as_bytes()).to_hex()[..12].to_owned()));
    let virtual_machine = flags.is_some_and(|f| f.split(' ').any(|flag| flag == "hypervisor"));
    put("hypervisor", Some(if virtual_machine { "yes" } else { "no" }.to_owned()));
    for index in 0..4 {
        let of =
            |what: &str| read(&format!("/sys/devices/system/cpu/cpu0/cache/index{index}/{what}"));
        if let (Some(level), Some(kind), Some(size)) = (of("level"), of("type"), of("size")) {
            put(&format!("cache_l{level}_{}", kind.to_lowercase()), Some(size));
        }
    }
    put("governor", read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    put("thp", read("/sys/kernel/mm/transparent_hugepage/enabled"));
    put("aslr", read("/proc/sys/kernel/randomize_va_space"));
    put("clocksource", read("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
    put("cpu_quota", read("/sys/fs/cgroup/cpu.max"));
    let ask = |argv: &[&str]| command::output(Path::new("/"), argv).ok();
    put("page_size", ask(&["getconf", "PAGESIZE"]));
    put("libc", ask(&["getconf", "GNU_LIBC_VERSION"]));
    put("swap_kib", meminfo("SwapTotal").map(|kib| kib.to_string()));
    map
}

fn volatile() -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    if let Some(load) = read("/proc/loadavg") {
        let three: Vec<&str> = load.split(' ').take(3).collect();
        map.insert("load".to_owned(), three.join(" "));
    }
    if let Some(pressure) = read("/proc/pressure/cpu") {
        map.insert("cpu_pressure".to_owned(), pressure.lines().next().unwrap_or("").to_owned());
    }
    map
}

/// What real sockets and rings depend on, by name. It can be changed without changing the
/// machine, so that it is no part of the fingerprint.
pub(crate) fn io() -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    let limits = read("/proc/self/limits").unwrap_or_default();
    if let Some([soft, hard]) = open_files(&limits) {
        map.insert("open_files".to_owned(), format!("{soft}, at most {hard}"));
    }
    let setting = match read("/proc/sys/kernel/io_uring_disabled").as_deref() {
        Some("0") => "allowed (kernel.io_uring_disabled=0)",
        Some("1") => "allowed to a group only (kernel.io_uring_disabled=1)",
        Some(_) => "switched off (kernel.io_uring_disabled=2)",
        None => "as old as this kernel has it, if at all (no kernel.io_uring_disabled)",
    };
    map.insert("io_uring".to_owned(), setting.to_owned());
    // Pacing and acknowledgements are a good part of an echo over loopback, and distributions
    // differ in who does them.
    if let Some(name) = read("/proc/sys/net/ipv4/tcp_congestion_control") {
        map.insert("tcp_congestion_control".to_owned(), name);
    }
    map
}

/// The line of `/proc/<pid>/limits`: soft and hard.
fn open_files(limits: &str) -> Option<[String; 2]> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let mut words = line.split_whitespace().map(str::to_owned);
    Some([words.next()?, words.next()?])
}

/// Memory in mebibytes.
pub(crate) fn memory_mib() -> u64 {
    meminfo("MemTotal").map_or(0, |kib| kib / 1024)
}

fn meminfo(name: &str) -> Option<u64> {
    let text = read("/proc/meminfo")?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
            Max open files            1024                 20000                files\n";
        assert_eq!(open_files(limits), Some(["1024".to_owned(), "20000".to_owned()]));
        assert_eq!(open_files(""), None);
        let here = io();
        assert!(here.contains_key("io_uring"));
        let congestion = read("/proc/sys/net/ipv4/tcp_congestion_control");
        assert_eq!(here.get("tcp_congestion_control"), congestion.as_ref());
    }

    #[test]
    fn the_fingerprint_is_stable_and_names_nobody() {
        let (one, two) = (machine(), machine());
        assert_eq!(one.fingerprint, two.fingerprint);
        let text = serde_json::to_string(&one).expect("plain data");
        let host = read("/proc/sys/kernel/hostname").filter(|host| host.len() > 3);
        assert!(host.is_none_or(|host| !text.contains(&host)), "{text}");
    }
}
