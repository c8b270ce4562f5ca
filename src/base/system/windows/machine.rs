//! What the system says of itself: its clock, its processes, its name and its user.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use winsafe::{
    GetComputerName, GetUserName, HKEY, HPROCESS, QueryPerformanceCounter,
    QueryPerformanceFrequency, RegistryValue, co,
};

/// The exit code of a process that has not ended: `STILL_ACTIVE`.
const LIVES: u32 = 259;

/// Where the system counts its starts.
const STARTS: (&str, &str) = (
    r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters",
    "BootId",
);

/// Nanoseconds since the machine was started, the same for all its processes.
pub(crate) fn since_boot() -> u64 {
    let of_system = |number: Result<i64, co::ERROR>| number.map_or(0, i64::unsigned_abs);
    let ticks = u128::from(of_system(QueryPerformanceCounter()));
    let each_second = u128::from(of_system(QueryPerformanceFrequency()).max(1));
    u64::try_from(ticks * 1_000_000_000 / each_second).unwrap_or(u64::MAX)
}

/// A number for this boot; another one after every start of the machine: how many there were, else the hour of this one.
pub(crate) fn boot() -> u64 {
    let (key, value) = STARTS;
    let starts = HKEY::LOCAL_MACHINE.RegGetValue(Some(key), Some(value), co::RRF::RT_REG_DWORD);
    if let Ok(RegistryValue::Dword(starts)) = starts {
        return u64::from(starts);
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let started = now.saturating_sub(Duration::from_nanos(since_boot()));
    // Far above any count of starts.
    (1 << 32) + started.as_secs() / 3600
}

/// When the process of this pid started; `None` if there is none, it has ended, or the system does not tell.
pub(crate) fn process_start(pid: u32) -> Option<u64> {
    let process = HPROCESS::OpenProcess(co::PROCESS::QUERY_LIMITED_INFORMATION, false, pid).ok()?;
    let (started, ..) = process.GetProcessTimes().ok()?;
    (process.GetExitCodeProcess().ok()? == LIVES).then(|| u64::from(started))
}

/// The name of the user that this process runs as.
pub(crate) fn user() -> String {
    GetUserName().unwrap_or_default()
}

/// The profile of that user.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| !home.as_os_str().is_empty())
}

/// The machine's name; empty where it says nothing.
pub(crate) fn name() -> String {
    GetComputerName().unwrap_or_default()
}
