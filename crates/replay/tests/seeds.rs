//! Every target of the fuzzers holds on its seeds and on changes of them, and is what the
//! fuzzers run.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::collections::BTreeSet;
use std::fs;

/// Changed seeds given to each target: some seconds for all of them.
const CHANGES: u64 = 3_000;

macro_rules! targets {
    ($($name:ident: $property:path,)*) => {
        $(
            #[test]
            fn $name() {
                replay::replay(stringify!($name), CHANGES, $property);
            }
        )*

        const TARGETS: &[(&str, &str)] = &[$((stringify!($name), stringify!($property)),)*];
    };
}

targets! {
    compat_query: api::fuzz::compat_query,
    csv_import: api::fuzz::csv_import,
    journal_entry: journal::fuzz::entry,
    journal_file: journal::fuzz::file,
    journal_log: journal::fuzz::log,
    metadata: siprec::fuzz::metadata,
    rtcp: rtp::fuzz::control,
    rtp: rtp::fuzz::packet,
    sdp: siprec::fuzz::description,
    sip_message: sip::fuzz::message,
    sip_multipart: sip::fuzz::multipart,
    sip_stream: sip::fuzz::stream,
    sip_uri: sip::fuzz::uri,
    srtp: rtp::fuzz::protected,
}

/// What a fuzzer's source says.
fn source(property: &str) -> String {
    format!(
        "//! Fuzzes `{property}`; see docs/fuzzing.md.\n#![no_main]\n\n\
         libfuzzer_sys::fuzz_target!(|data: &[u8]| {property}(data));\n"
    )
}

/// The names in a folder, without the ending.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let files = fs::read_dir(replay::folder().join(folder)).unwrap();
    let name = |file: fs::DirEntry| file.file_name().into_string().unwrap();
    files
        .map(|file| name(file.unwrap()))
        .map(|name| name.strip_suffix(ending).unwrap().to_owned())
        .collect()
}

/// The fuzzers are outside the workspace: this is what keeps them from rotting.
#[test]
fn the_fuzzers_run_what_is_replayed() {
    let here: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (name, property) in TARGETS {
        let path = replay::folder().join(format!("targets/{name}.rs"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, source(property)).unwrap();
        }
        assert_eq!(fs::read_to_string(path).unwrap(), source(property));
    }
    for (folder, ending) in [("targets", ".rs"), ("seeds", ""), ("dict", ".dict")] {
        assert_eq!(names(folder, ending), here, "fuzz/{folder}");
    }
    assert_eq!(names("planted", ".patch"), here, "fuzz/planted");
    let manifest = fs::read_to_string(replay::folder().join("Cargo.toml")).unwrap();
    let listed: BTreeSet<String> = manifest
        .split("[[bin]]\nname = \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(listed, here, "fuzz/Cargo.toml");
    for (name, property) in TARGETS {
        let (crate_name, _) = property.split_once("::").unwrap();
        let built = format!("\"targets/{name}.rs\"\nrequired-features = [\"{crate_name}\"]\n");
        assert!(
            manifest.contains(&built),
            "fuzz/Cargo.toml: {name} needs {crate_name}"
        );
    }
}

#[test]
fn every_planted_bug_can_still_be_planted() {
    let root = replay::folder().join("..");
    for name in names("planted", ".patch") {
        let patch = format!("fuzz/planted/{name}.patch");
        let mut git = std::process::Command::new("git");
        let applied = git.current_dir(&root).args(["apply", "--check", &patch]);
        assert!(applied.status().unwrap().success(), "{patch}");
    }
}

#[test]
fn what_a_property_does_not_hold_for_is_found() {
    fn property(data: &[u8]) {
        assert!(!data.starts_with(b"SIP/") && !data.starts_with(b"sip:"));
    }
    let found = std::panic::catch_unwind(|| replay::replay("sip_uri", 100, property));
    assert!(found.is_err());
}
