//! Embeds the web page: writes the table of files that `src/web.rs` includes.
//!
//! `make web` leaves them in `web/dist/site/`, with what it compressed beside each. Without
//! them the table is empty, and the build needs no Node.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    let site = dist.join("site");
    let mut files = Vec::new();
    if site.is_dir() {
        list(&site, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        if file
            .extension()
            .is_some_and(|end| end == "br" || end == "gz")
        {
            continue;
        }
        let inside = file.strip_prefix(&site).map_err(io::Error::other)?;
        let path = format!("/{}", inside.display()).replace('\\', "/");
        let row = format!(
            "File {{ path: {path:?}, plain: include_bytes!({file:?}), brotli: {}, gzip: {} }},",
            beside(file, "br", &files),
            beside(file, "gz", &files),
        );
        writeln!(table, "{row}").map_err(io::Error::other)?;
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?;
    fs::write(PathBuf::from(out).join("site.rs"), table)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The expression for a compressed copy, if there is one.
fn beside(file: &Path, ending: &str, files: &[PathBuf]) -> String {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    let copy = PathBuf::from(name);
    if files.contains(&copy) {
        format!("Some(include_bytes!({copy:?}))")
    } else {
        "None".to_owned()
    }
}
