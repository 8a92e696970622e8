//! The API over many recordings: requests a second and how long they take, beside a bare axum
//! on the same core, and whether every total is exact.

use crate::capture::{RECEIVER, system};
use crate::rows::{self, count};
use crate::table::Row;
use crate::wrk::{self, Answers};
use crate::{Size, process, say};
use anyhow::{Context as _, ensure};
use e2e::{RECORDINGS, Server, System, http, system::password};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// The groups that the supervisor may see.
const SUPERVISED: &[u64] = &[10, 20, 30];
/// Clients at once.
const CLIENTS: u32 = 16;
const V1: &str = "/api/v1/recordings";

/// Ten million, and the way there.
pub(crate) fn run(size: &Size) -> anyhow::Result<Vec<Row>> {
    let (sizes, seconds): (&[u64], u64) = if size.quick {
        (&[100_000], 1)
    } else {
        (&[10_000, 100_000, 1_000_000, 10_000_000], 3)
    };
    let sizes = if size.rows.is_empty() {
        sizes
    } else {
        &size.rows
    };
    let hello = hello(seconds)?;
    let mut rows = vec![Row::new("bare axum", hello.per_second, "requests/s")];
    for of in sizes {
        rows.extend(Load::prepare(*of, seconds, hello)?.measure()?);
    }
    Ok(rows)
}

/// The floor.
fn hello(seconds: u64) -> anyhow::Result<Answers> {
    struct Killed(Child);
    impl Drop for Killed {
        fn drop(&mut self) {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }
    let mut child = Command::new(std::env::current_exe()?)
        .arg("hello")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut address = String::new();
    BufReader::new(child.stdout.take().context("stdout")?).read_line(&mut address)?;
    let child = Killed(child);
    process::pin(child.0.id(), RECEIVER)?;
    wrk::ask(address.trim(), &["/".to_owned()], None, CLIENTS, seconds)
}

/// A list that is asked for.
struct Question {
    what: &'static str,
    by: &'static str,
    path: String,
    most_ms: Option<f64>,
}

impl Question {
    fn within(self, most_ms: f64) -> Self {
        Self {
            most_ms: Some(most_ms),
            ..self
        }
    }
}

/// A running system with users, groups and so many recordings, and how many of these were
/// brought in a second.
fn filled(of: u64) -> anyhow::Result<(System, Server, f64)> {
    say::progress(format_args!("{of} recordings"));
    let system = system();
    let table = system.folder().join("users.csv");
    std::fs::write(&table, rows::users())?;
    system.command(&["user", "import", &table.display().to_string()], "");
    system.add_user("boss", "complete", "", &[]);
    let groups: Vec<String> = SUPERVISED.iter().map(|group| format!("g{group}")).collect();
    system.add_user("super", "base", "", &["--supervises", &groups.join(",")]);
    let began = Instant::now();
    rows::load(&system.data(), of, 1, &mut |count| {
        if count % 1_000_000 == 0 {
            say::progress(format_args!("{count} of {of}"));
        }
    })?;
    let rate = of as f64 / began.elapsed().as_secs_f64();
    let server = system.start();
    Ok((system, server, rate))
}

/// A system with so many recordings.
struct Load {
    of: u64,
    seconds: u64,
    hello: Answers,
    server: Server,
    /// Rows a second when they were brought in.
    rate: f64,
    _system: System,
}

impl Load {
    fn prepare(of: u64, seconds: u64, hello: Answers) -> anyhow::Result<Self> {
        let (system, server, rate) = filled(of)?;
        process::pin(server.id(), RECEIVER)?;
        Ok(Self {
            of,
            seconds,
            hello,
            server,
            rate,
            _system: system,
        })
    }

    fn row(&self, what: &str, value: f64, unit: &'static str) -> Row {
        Row::new(format!("{} recordings: {what}", self.of), value, unit)
    }

    fn measure(&self) -> anyhow::Result<Vec<Row>> {
        let totals = exact(&self.server, self.of)?;
        let ids = rows::some(self.of, 5_000);
        let get: Vec<String> = ids.iter().map(|id| format!("{RECORDINGS}/{id}")).collect();
        let get = self.ask("boss", &get, CLIENTS)?;
        let ratio = get.per_second / self.hello.per_second;
        let mut rows = vec![
            self.row("brought in at once", self.rate, "rows/s"),
            self.row("totals compared, all exact", totals as f64, ""),
            self.row("get, beside a bare axum", ratio, "×")
                .at_least(0.5),
            self.row("get", get.per_second, "requests/s"),
            self.row("get, 99 of 100", get.p99, "ms"),
        ];
        for Question {
            what,
            by,
            path,
            most_ms,
        } in self.lists()
        {
            let answers = self.ask(by, &[path], 1)?;
            let row = self.row(&format!("{what}, 99 of 100"), answers.p99, "ms");
            rows.push(match most_ms {
                Some(most) => row.at_most(most),
                None => row,
            });
            rows.push(self.row(&format!("{what}, median"), answers.p50, "ms"));
        }
        let scoped = format!("{V1}?limit=50&total=true");
        let answers = self.ask("super", &[scoped], CLIENTS)?;
        let what = "page of a supervisor, 16 clients";
        rows.push(self.row(what, answers.per_second, "requests/s"));
        Ok(rows)
    }

    /// What is asked, and how long it may take.
    fn lists(&self) -> Vec<Question> {
        let last = self.of.div_ceil(50) - 1;
        let remote = rows::remote(self.of / 2 + 7).replace('+', "%2B");
        let part = &remote[7..];
        let contains = format!("&remotePartyNumber=contains:{part}");
        let week = "&startTimeFrom=2025-03-03T00:00:00Z&startTimeTo=2025-03-10T00:00:00Z";
        let long = "&durationMsMin=600000";
        let outgoing = "&direction=outgoing";
        let ask = |what, by, more: &str| Question {
            what,
            by,
            path: format!("{V1}?limit=50&total=true{more}"),
            most_ms: None,
        };
        let compat = |what, by, more: &str| Question {
            path: format!("{RECORDINGS}?pageSize=50{more}"),
            ..ask(what, by, "")
        };
        vec![
            ask("page of a supervisor of 3 groups of 200", "super", "").within(10.0),
            ask("page of everything", "boss", ""),
            compat(
                "contains: in a number",
                "boss",
                &format!("&page=0{contains}"),
            )
            .within(50.0),
            compat(
                "contains: in a number, supervisor",
                "super",
                &format!("&page=0{contains}"),
            )
            .within(50.0),
            ask(
                "free text, part of a number",
                "boss",
                &format!("&text={part}"),
            )
            .within(50.0),
            ask("free text, a name", "boss", "&text=bianchi%20777"),
            ask("remote number", "boss", &format!("&remoteNumber={remote}")),
            ask("local number", "boss", "&localNumber=2500"),
            ask("owner", "boss", "&owner=u500"),
            ask("group", "boss", "&group=g77"),
            ask("direction", "boss", outgoing),
            ask("a week", "boss", week),
            ask("longer than ten minutes", "boss", long),
            ask(
                "a week of long outgoing calls, supervisor",
                "super",
                &[week, long, outgoing].concat(),
            ),
            compat(
                "the last page of all, by number",
                "boss",
                &format!("&page={last}"),
            )
            .within(100.0),
        ]
    }

    fn ask(&self, user: &str, paths: &[String], clients: u32) -> anyhow::Result<Answers> {
        let header = format!("Authorization: {}", http::basic(user, &password(user)));
        wrk::ask(
            self.server.address("http"),
            paths,
            Some(&header),
            clients,
            self.seconds,
        )
    }
}

/// So many recordings, and whether totals of them are exact; how many were looked at.
pub(crate) fn totals(of: u64) -> anyhow::Result<usize> {
    let (_system, server, _rate) = filled(of)?;
    exact(&server, of)
}

/// Totals are exact, whoever asks for what.
fn exact(server: &Server, of: u64) -> anyhow::Result<usize> {
    let supervised = |index: u64| rows::is_in(index, SUPERVISED);
    let remote = rows::remote(of / 2 + 7);
    let cases: [(&str, String, u64); 5] = [
        ("boss", String::new(), of),
        ("super", String::new(), count(of, supervised)),
        (
            "boss",
            "&group=g77".to_owned(),
            count(of, |index| rows::is_in(index, &[77])),
        ),
        (
            "super",
            "&direction=outgoing".to_owned(),
            count(of, |index| index % 3 == 0 && supervised(index)),
        ),
        (
            "boss",
            format!("&remoteNumber={}", remote.replace('+', "%2B")),
            count(of, |index| rows::remote(index) == remote),
        ),
    ];
    for (user, more, total) in &cases {
        let path = format!("{V1}?limit=1&total=true{more}");
        let answer = server.get_as(user, &path);
        ensure!(answer.status == 200, "{path}: {}", answer.text());
        let found = answer.json()["total"].as_u64();
        ensure!(
            found == Some(*total),
            "{path} as {user}: {found:?}, {total} are there"
        );
    }
    Ok(cases.len())
}
