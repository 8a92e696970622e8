//! Header sections to lines: unfolding, and names from values.

use super::text::{decode, is_token_byte, trim};
use crate::limits::HEADERS_MAX;

/// The lines of a header section, folded ones joined by a blank.
pub(super) struct Lines {
    /// Unfolded lines, empty ones left out, one more than may be kept at most.
    pub(super) lines: Vec<Vec<u8>>,
    /// Whether a line ended with LF alone.
    pub(super) bare_line_feeds: bool,
}

/// Takes a header section apart into lines.
pub(super) fn unfold(section: &[u8]) -> Lines {
    // The start line, every header there may be, and one more that shows there were too many.
    let lines_max = HEADERS_MAX.saturating_add(2);
    let mut unfolded = Lines {
        lines: Vec::new(),
        bare_line_feeds: false,
    };
    for raw in section.split(|&byte| byte == b'\n') {
        let line = raw.strip_suffix(b"\r").unwrap_or(raw);
        // The last piece has no line feed at all, which is how a section is handed over.
        unfolded.bare_line_feeds |= line.len() == raw.len() && !line.is_empty();
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        let room = unfolded.lines.len() < lines_max;
        match unfolded.lines.last_mut() {
            _ if line.is_empty() => {}
            Some(before) if folded => {
                before.push(b' ');
                before.extend_from_slice(trim(line));
            }
            _ if room => unfolded.lines.push(line.to_vec()),
            _ => {}
        }
    }
    unfolded
}

/// Name and value of one unfolded header line; `None` when it can be no header.
pub(super) fn field(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = trim(line.get(..colon)?);
    let value = trim(line.get(colon.checked_add(1)?..)?);
    let readable = !name.is_empty() && name.iter().all(|&byte| is_token_byte(byte));
    readable.then(|| (decode(name).into_owned(), value.to_vec()))
}
