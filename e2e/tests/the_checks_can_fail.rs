//! The comparison of recordings with what was sent reports every fault that is put into it: a
//! comparison that cannot fail proves nothing.

use std::path::Path;
use std::process::Command;

#[test]
fn the_python_client_checks_itself() {
    let output = Command::new("python3")
        .args(["-B", "-m", "unittest", "discover", "-s", "client"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .expect("python3 is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Ran 1"), "no tests were found: {said}");
}
