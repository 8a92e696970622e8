//! The clock and the limits of the operating system.

use super::Finding;
use crate::config::Settings;
use nix::sys::resource::{Resource, getrlimit};
use std::time::{Duration, SystemTime};

/// 2026-01-01T00:00:00Z: no build is older.
const OLDEST_SANE_TIME: Duration = Duration::from_secs(1_767_225_600);
/// RTP and RTCP sockets of two streams.
const DESCRIPTORS_PER_CALL: u64 = 4;
/// Listeners, connections, files.
const DESCRIPTORS_BESIDE: u64 = 512;
/// Receive buffers smaller than the kernel's usual limit lose bursts of SIP over UDP.
const RECEIVE_BUFFER_BYTES_MIN: u64 = 200 << 10;

/// Everything about the machine.
pub(super) fn findings(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![clock(SystemTime::now()), descriptors(settings)];
    let limit = std::fs::read_to_string("/proc/sys/net/core/rmem_max").ok();
    findings.extend(
        limit
            .and_then(|text| text.trim().parse().ok())
            .map(receive_buffer),
    );
    findings
}

/// Whether the clock can be right.
pub(crate) fn clock(now: SystemTime) -> Finding {
    let since_1970 = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let time = jiff::Timestamp::try_from(now)
        .map(|time| format!("{time:.0}"))
        .unwrap_or_default();
    if since_1970 < OLDEST_SANE_TIME {
        let advice = "set the clock and keep it right (`timedatectl set-ntp true`, or chrony): \
                      recordings carry its time";
        return Finding::fault("clock", format!("it says {time}, which is past"), advice);
    }
    Finding::good("clock", format!("it says {time}"))
}

/// Whether as many files may be open as the settings need.
pub(crate) fn descriptors(settings: &Settings) -> Finding {
    let hard = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((_soft, hard)) => hard,
        Err(error) => {
            let advice = "see `ulimit -Hn`";
            return Finding::fault("descriptors", format!("limit not known: {error}"), advice);
        }
    };
    let ports = u64::from(settings.rtp.ports.end() - settings.rtp.ports.start() + 1);
    let sound = match settings.limits.calls {
        Some(calls) => ports.min(calls.saturating_mul(DESCRIPTORS_PER_CALL)),
        None => ports,
    };
    let needed = sound + DESCRIPTORS_BESIDE;
    if hard < needed {
        let calls = hard.saturating_sub(DESCRIPTORS_BESIDE) / DESCRIPTORS_PER_CALL;
        return Finding::fault(
            "descriptors",
            format!("the hard limit is {hard}, the settings need {needed}"),
            format!(
                "raise it (`LimitNOFILE={needed}` in the systemd unit, `ulimit -Hn`), or set \
                 `[limits] calls = {calls}`"
            ),
        );
    }
    Finding::good(
        "descriptors",
        format!("the hard limit is {hard}, the settings need {needed}"),
    )
}

fn receive_buffer(limit_bytes: u64) -> Finding {
    let found = format!("receive buffers may have {limit_bytes} bytes");
    if limit_bytes < RECEIVE_BUFFER_BYTES_MIN {
        let advice = "`sysctl -w net.core.rmem_max=4194304`";
        return Finding::fault("buffers", found, advice);
    }
    Finding::good("buffers", found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_the_program_was_built_is_a_fault() {
        assert!(clock(SystemTime::UNIX_EPOCH).advice.is_some());
        assert!(
            clock(SystemTime::UNIX_EPOCH + OLDEST_SANE_TIME)
                .advice
                .is_none()
        );
    }

    #[test]
    fn small_buffers_are_a_fault() {
        assert!(receive_buffer(4_096).advice.is_some());
        assert!(receive_buffer(212_992).advice.is_none());
    }
}
