//! The seeds of the fuzzers in `fuzz/`, and changes of them, given to what the fuzzers call.
//!
//! Finds no more than a fuzzer does, only what once was found or lies close to it; but it runs
//! with every test and everywhere. The same numbers give the same changes.

use std::path::{Path, PathBuf};

/// The folder of the fuzzers.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// Gives a property all seeds of a target, and `changes` changed ones.
///
/// # Panics
/// When the property does, after the input that did it was shown; without seeds.
pub fn replay(target: &str, changes: u64, property: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "{target} has no seeds");
    let words = dictionary(target);
    let shown = |input: &[u8]| {
        let shower = Shower(target, input);
        property(input);
        std::mem::forget(shower);
    };
    seeds.iter().for_each(|seed| shown(seed));
    for number in 0..changes {
        let mut chance = Chance(number);
        let mut input = chance.one_of(&seeds).to_vec();
        for _ in 0..=chance.below(6) {
            change(&mut input, &mut chance, &seeds, &words);
        }
        shown(&input);
    }
}

/// Shows an input when a property panics.
struct Shower<'a>(&'a str, &'a [u8]);

impl Drop for Shower<'_> {
    fn drop(&mut self) {
        let mut hexadecimal = String::new();
        for byte in self.1 {
            hexadecimal.push_str(&format!("{byte:02x}"));
        }
        tell(&format!("{} fails with: {hexadecimal}", self.0));
    }
}

#[expect(clippy::print_stderr, reason = "only where a test fails")]
fn tell(text: &str) {
    eprintln!("{text}");
}

/// The seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = folder().join("seeds").join(target);
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .collect()
}

/// The words of a target's dictionary: `"text"` with `\xNN`, `\\` and `\"` in it.
fn dictionary(target: &str) -> Vec<Vec<u8>> {
    let path = folder().join("dict").join(format!("{target}.dict"));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let quoted = text.lines().filter(|line| !line.starts_with('#'));
    quoted
        .filter_map(|line| {
            line.trim()
                .strip_prefix('"')?
                .strip_suffix('"')
                .map(unescaped)
        })
        .collect()
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let (byte, used) = match (first, after) {
            (b'\\', [b'x', digits @ ..]) => {
                let digits = digits.get(..2).and_then(|two| str::from_utf8(two).ok());
                let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
                (byte.unwrap_or(b'x'), 3)
            }
            (b'\\', [escaped, ..]) => (*escaped, 1),
            _ => (*first, 0),
        };
        bytes.push(byte);
        rest = rest.get(used..).unwrap_or_default();
    }
    bytes
}

/// Numbers that look like chance and are the same every time (xorshift after a multiplication).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_of<'a>(&mut self, list: &'a [Vec<u8>]) -> &'a [u8] {
        let place = self.below(list.len().max(1));
        list.get(place).map_or(&[], Vec::as_slice)
    }
}

/// Replaces a few bytes by nothing, by others, by a word, by bytes of the input itself or of
/// another seed; or cuts the end off.
fn change(input: &mut Vec<u8>, chance: &mut Chance, seeds: &[Vec<u8>], words: &[Vec<u8>]) {
    const CHANGED_BYTES_MAX: usize = 16 * 1024;
    const ODD: &[u8] = b"\0\xff\x7f\x80\r\n \";<>:=,\\/-09";
    let from = chance.below(input.len() + 1);
    let span = |chance: &mut Chance, bytes: &[u8]| {
        let from = chance.below(bytes.len() + 1);
        let to = (from + chance.below(40)).min(bytes.len());
        bytes[from..to].to_vec()
    };
    let (cut, put) = match chance.below(8) {
        0 => (chance.below(9), Vec::new()),
        1 => (1, vec![chance.next() as u8]),
        2 => (0, vec![chance.next() as u8; 1 + chance.below(4)]),
        3 => (1, vec![ODD[chance.below(ODD.len())]]),
        4 => (chance.below(20), chance.one_of(words).to_vec()),
        5 => (0, span(chance, &input.clone())),
        6 => {
            let seed = chance.one_of(seeds);
            (chance.below(20), span(chance, seed))
        }
        _ if chance.below(4) == 0 => (usize::MAX, Vec::new()),
        _ => (0, chance.one_of(words).to_vec()),
    };
    let to = from.saturating_add(cut).min(input.len());
    input.splice(from..to, put);
    input.truncate(CHANGED_BYTES_MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_their_escapes() {
        assert_eq!(unescaped(r#"a\x0d\x0A\\\"b"#), b"a\r\n\\\"b");
    }

    #[test]
    fn changes_differ_from_their_seed_and_are_the_same_every_time() {
        let seeds = [b"INVITE sip:a@b SIP/2.0\r\n".to_vec()];
        let words = [b"tag=".to_vec()];
        let made = || -> Vec<Vec<u8>> {
            let one = |number| {
                let (mut input, mut chance) = (seeds[0].clone(), Chance(number));
                change(&mut input, &mut chance, &seeds, &words);
                input
            };
            (0..100).map(one).collect()
        };
        let changed = made().iter().filter(|input| **input != seeds[0]).count();
        assert!(changed > 80, "{changed} of 100");
        assert_eq!(made(), made());
    }
}
