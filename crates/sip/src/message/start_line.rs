//! The first line of a message: what it is, for whom, in which version.

use super::method::Method;
use super::oddity::Oddity;
use super::text::{decode, is_token};
use super::uri::Uri;

/// What a start line says.
pub(super) enum Start {
    Request(Method, Uri),
    Response(u16, String),
    Bad {
        method: Option<Method>,
        response: bool,
        status: u16,
        reason: &'static str,
    },
}

/// Reads a start line; blanks and brackets that do not belong are odd, not wrong.
pub(super) fn start(line: &[u8], oddities: &mut Vec<Oddity>) -> Start {
    let text = decode(line);
    let trimmed = text.trim();
    if trimmed
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("SIP/"))
    {
        return status_line(trimmed);
    }
    let bad = |method: Option<&str>, status, reason| {
        let method = method.map(Method::parse);
        Start::Bad {
            method,
            response: false,
            status,
            reason,
        }
    };
    let Some((method, rest)) = trimmed
        .split_once([' ', '\t'])
        .filter(|(name, _)| is_token(name))
    else {
        return bad(None, 400, "Bad Request Line");
    };
    let Some((uri, version)) = rest.trim().rsplit_once([' ', '\t']) else {
        return bad(Some(method), 400, "Bad Request Line");
    };
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return match version
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("SIP/"))
        {
            true => bad(Some(method), 505, "Version Not Supported"),
            false => bad(Some(method), 400, "Bad Request Line"),
        };
    }
    let exact = method
        .len()
        .saturating_add(uri.len())
        .saturating_add(version.len());
    if exact.saturating_add(2) != text.len() || uri.trim() != uri {
        oddities.push(Oddity::BlanksInStartLine);
    }
    let bracketed = |letter: char| letter == '<' || letter == '>' || letter.is_whitespace();
    let plain = uri.trim_matches(bracketed);
    if plain != uri.trim() {
        oddities.push(Oddity::BracketedRequestUri);
    }
    match Uri::parse(plain) {
        Ok(uri) => Start::Request(Method::parse(method), uri),
        Err(_) => bad(Some(method), 400, "Bad Request-URI"),
    }
}

fn status_line(line: &str) -> Start {
    let (version, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let rest = rest.trim();
    let (status, reason) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let digits = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    let status = status
        .parse()
        .ok()
        .filter(|status| digits && (100..700).contains(status));
    match status {
        Some(status) if version.eq_ignore_ascii_case("SIP/2.0") => {
            Start::Response(status, reason.trim().replace('\r', " "))
        }
        _ => Start::Bad {
            method: None,
            response: true,
            status: 400,
            reason: "Bad Status Line",
        },
    }
}
