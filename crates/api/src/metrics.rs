//! `/metrics`: the numbers of a node in the text format of Prometheus (version 0.0.4).
//!
//! Only for this machine, or with a token. Labels are statuses and words of ours: nothing of a
//! call, a number or a person, so that there are few series and no secret.

use crate::app::App;
use crate::auth::{Caller, Origin};
use crate::health;
use crate::numbers::{Numbers, Probe};
use crate::refusal::Refusal;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::fmt::{Display, Write};

const FORMAT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Headers by which a proxy says that somebody else is asking.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// `GET /metrics`.
pub(crate) async fn metrics(State(app): State<App>, request: Request) -> Result<Response, Refusal> {
    let (mut parts, _body) = request.into_parts();
    if !is_of_this_machine(&parts, &app) {
        let caller = Caller::from_request_parts(&mut parts, &app).await?;
        if !caller.is_token() {
            return Err(Refusal::Unauthenticated);
        }
    }
    let ready = health::missing(&app).await.is_empty();
    let mut text = Text::default();
    text.node(ready, app.started_at);
    if let Some(numbers) = app.numbers() {
        text.calls(&numbers);
        text.recordings(&numbers);
        text.packets(&numbers);
        if let Some(probe) = &numbers.probe {
            text.probe(probe);
        }
    }
    Ok(([(header::CONTENT_TYPE, FORMAT)], text.0).into_response())
}

/// Whether nobody else can be asking: a proxy on this machine asks for others, and says so.
fn is_of_this_machine(parts: &Parts, app: &App) -> bool {
    let forwarded = FORWARDED
        .iter()
        .any(|name| parts.headers.contains_key(*name));
    Origin::of(parts, app).address.is_loopback() && !forwarded
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn node(&mut self, ready: bool, started_at: Timestamp) {
        let version = env!("CARGO_PKG_VERSION");
        self.head("build_info", "gauge", "The version that runs.");
        self.line("build_info", &[("version", version)], 1);
        self.gauge(
            "start_time_seconds",
            "When the process started, in seconds since 1970.",
            seconds(started_at),
        );
        self.gauge(
            "ready",
            "1 while calls are taken and the catalogue answers.",
            u8::from(ready),
        );
    }

    fn calls(&mut self, numbers: &Numbers) {
        self.counter(
            "calls_taken_total",
            "Calls answered 200.",
            numbers.calls_taken,
        );
        self.counter(
            "calls_not_recorded_total",
            "Calls of which nothing is kept because a rule says never.",
            numbers.calls_not_recorded,
        );
        let name = "calls_refused_total";
        self.head(name, "counter", "INVITEs refused, by status and reason.");
        for refused in &numbers.calls_refused {
            let status = refused.status.to_string();
            let labels = [("status", status.as_str()), ("reason", refused.reason)];
            self.line(name, &labels, refused.requests);
        }
        self.gauge(
            "calls_in_progress",
            "Calls being received.",
            numbers.calls_in_progress,
        );
        self.gauge(
            "taking_calls",
            "1 while a new call would be taken.",
            u8::from(numbers.refusing.is_none()),
        );
        self.gauge("spool_bytes", "Size of the journal.", numbers.spool_bytes);
    }

    fn recordings(&mut self, numbers: &Numbers) {
        let name = "recordings_total";
        self.head(
            name,
            "counter",
            "Recordings settled, by what became of them.",
        );
        for (state, count) in [
            ("available", numbers.available),
            ("interrupted", numbers.interrupted),
            ("failed", numbers.failed),
        ] {
            self.line(name, &[("state", state)], count);
        }
        for (name, help, count) in [
            (
                "recordings_without_packets_total",
                "Recordings of which not one packet came.",
                numbers.without_packets,
            ),
            (
                "recordings_one_way_total",
                "Recordings whose sound goes one way only.",
                numbers.one_way,
            ),
            (
                "recordings_undecoded_total",
                "Recordings of which some could not be decoded.",
                numbers.undecoded,
            ),
            (
                "sessions_without_recording_total",
                "Sessions without accepted audio and without a packet.",
                numbers.nothing_to_keep,
            ),
            (
                "settling_failures_total",
                "Tries to settle a recording that failed and are repeated.",
                numbers.settling_failures,
            ),
        ] {
            self.counter(name, help, count);
        }
        self.gauge(
            "recordings_waiting",
            "Recordings that are over and not settled yet.",
            numbers.waiting,
        );
    }

    fn packets(&mut self, numbers: &Numbers) {
        for (name, help, count) in [
            (
                "packets_total",
                "RTP packets of the recordings settled.",
                numbers.packets,
            ),
            (
                "packets_lost_total",
                "RTP packets that never came.",
                numbers.packets_lost,
            ),
            (
                "packets_stray_total",
                "Datagrams from sources that were not believed.",
                numbers.packets_stray,
            ),
            (
                "packets_unauthentic_total",
                "SRTP packets that no key opens, or that came twice.",
                numbers.packets_unauthentic,
            ),
            (
                "packets_dropped_total",
                "RTP packets that were there and could not be taken.",
                numbers.packets_dropped,
            ),
        ] {
            self.counter(name, help, count);
        }
    }

    fn probe(&mut self, probe: &Probe) {
        self.gauge(
            "probe_success",
            "1 when all calls of the last test-call --verify were recorded and read back.",
            u8::from(probe.good == probe.calls),
        );
        self.gauge(
            "probe_last_run_timestamp_seconds",
            "When the last test-call --verify was over.",
            seconds(probe.ran_at),
        );
        if let Some(at) = probe.last_good_at {
            self.gauge(
                "probe_last_success_timestamp_seconds",
                "When test-call --verify last found everything right.",
                seconds(at),
            );
        }
        self.gauge(
            "probe_failed_rounds",
            "Rounds of test-call --verify in a row that found something wrong.",
            probe.failed_rounds,
        );
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        self.line(name, &[], value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, "gauge", help);
        self.line(name, &[], value);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.write(format_args!(
            "# HELP earwitness_{name} {help}\n# TYPE earwitness_{name} {kind}\n"
        ));
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let pairs: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\""))
            .collect();
        let labels = match pairs.as_slice() {
            [] => String::new(),
            pairs => format!("{{{}}}", pairs.join(",")),
        };
        self.write(format_args!("earwitness_{name}{labels} {value}\n"));
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // A string takes everything.
        let _ = self.0.write_fmt(text);
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1_000.0
}
