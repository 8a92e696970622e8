//! `verify` reads recordings back and names the one that is not what it was.

use e2e::{Source, System, files_below};

#[test]
fn a_flipped_byte_is_found_and_named() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let _ = Source::run(&server, &["--calls", "3", "--seconds", "1"]);
    let details = server.recordings("boss", 3);
    let id = details[1]["id"].as_str().unwrap();
    let fine = system.run(&["verify", "--all"], "");
    assert_eq!(fine.status.code(), Some(0), "{fine:?}");

    let wavs = files_below(&system.data().join("archive"));
    let path = wavs
        .iter()
        .find(|path| path.to_string_lossy().ends_with(&format!("{id}.wav")));
    let path = path.unwrap_or_else(|| panic!("no {id}.wav in {wavs:?}"));
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    // The archive may have made its files read-only: that is no protection from this test.
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, &bytes).unwrap();

    for arguments in [&["verify", "--all"][..], &["verify", id]] {
        let found = system.run(arguments, "");
        assert_eq!(found.status.code(), Some(1), "{found:?}");
        let said =
            String::from_utf8(found.stdout).unwrap() + &String::from_utf8_lossy(&found.stderr);
        let lines = said.lines().filter(|line| line.contains(id)).count();
        assert_eq!(lines, 1, "one line per fault: {said}");
        for other in [&details[0], &details[2]] {
            assert!(!said.contains(other["id"].as_str().unwrap()), "{said}");
        }
    }
    let other = details[0]["id"].as_str().unwrap();
    let fine = system.run(&["verify", other], "");
    assert_eq!(fine.status.code(), Some(0), "{fine:?}");

    std::fs::remove_file(path).unwrap();
    let found = system.run(&["verify", "--all"], "");
    assert_eq!(found.status.code(), Some(1), "a missing file: {found:?}");
}
