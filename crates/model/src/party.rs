//! Telephone numbers and addresses: how they are cleaned and when two are the same.
//!
//! Matching never guesses by suffix: a user lists every form of the own number.

/// The number shown for an address of record: its user part, percent-decoded, parameters
/// cut, `-.()` and blanks removed, `+` kept; without a user part the host; unknown or
/// anonymous `""`.
#[must_use]
pub fn number(address: &str) -> String {
    let address = address.trim();
    let rest = strip_scheme(address);
    let (user, host) = match rest.split_once('@') {
        Some((user, host)) => (user, Some(host)),
        None => (rest, None),
    };
    let cut = |text: &str| text.split([';', '?']).next().unwrap_or_default().to_owned();
    let mut user = cut(user);
    if let Some((name, _password)) = user.split_once(':')
        && host.is_some()
    {
        user = name.to_owned();
    }
    let text = if user.is_empty() {
        host_only(&cut(host.unwrap_or_default()))
    } else if host.is_none() && rest.len() != address.len() && !address.starts_with("tel:") {
        // A SIP address without `@` has a host and no user.
        host_only(&user)
    } else {
        clean(&percent_decoded(&user))
    };
    let unknown = [
        "anonymous",
        "unknown",
        "unavailable",
        "restricted",
        "anonymous.invalid",
    ];
    if unknown.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return String::new();
    }
    text
}

/// A number as it is compared: visual separators and blanks removed.
#[must_use]
pub fn clean(number: &str) -> String {
    number
        .chars()
        .filter(|c| !matches!(c, '-' | '.' | '(' | ')') && !c.is_whitespace())
        .collect()
}

/// What two forms of one party must have equal to be the same: without `@`, the cleaned
/// number with a leading `00` read as `+`; with `@`, the whole address, host without case.
#[must_use]
pub fn key(entry: &str) -> String {
    let entry = entry.trim();
    if let Some((user, host)) = strip_scheme(entry).split_once('@') {
        let host = host.split([';', '?']).next().unwrap_or_default();
        let user = percent_decoded(user.split(';').next().unwrap_or_default());
        return format!("{user}@{}", host.to_ascii_lowercase());
    }
    let cleaned = number(entry);
    match cleaned.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => cleaned,
    }
}

/// Every key under which an address of record may be listed by a user: its number and, when
/// it has one, the whole address.
#[must_use]
pub fn keys(address: &str) -> Vec<String> {
    let number = number(address);
    let mut keys = Vec::new();
    if !number.is_empty() {
        keys.push(key(&number));
    }
    if address.contains('@') {
        keys.push(key(address));
    }
    keys
}

fn strip_scheme(address: &str) -> &str {
    for scheme in ["sips:", "sip:", "tel:"] {
        if let Some(head) = address.get(..scheme.len())
            && head.eq_ignore_ascii_case(scheme)
        {
            return &address[scheme.len()..];
        }
    }
    address
}

fn host_only(host_port: &str) -> String {
    if let Some(end) = host_port.find(']') {
        return host_port[..=end].to_owned();
    }
    host_port.split(':').next().unwrap_or_default().to_owned()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.filter(|d| first == b'%' && d.bytes().all(|b| b.is_ascii_hexdigit())) {
            Some(digits) => {
                bytes.push(u8::from_str_radix(digits, 16).unwrap_or(b'?'));
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_user_part_cleaned() {
        for (address, expected) in [
            ("sip:225@example.org", "225"),
            (
                "sips:+39-0584.943(232)@example.org;user=phone",
                "+390584943232",
            ),
            ("sip:225;noa=international@example.org", "225"),
            ("tel:+39 0584;phone-context=x", "+390584"),
            ("sip:%2B39@h", "+39"),
            ("sip:bob:secret@h", "bob"),
            ("sip:gw.example.org:5060", "gw.example.org"),
            ("sip:@[2001:db8::1]:5060", "[2001:db8::1]"),
            ("7605550111", "7605550111"),
            ("sip:anonymous@anonymous.invalid", ""),
            ("", ""),
            ("sip:50%", "50%"),
        ] {
            assert_eq!(number(address), expected, "{address}");
        }
    }

    #[test]
    fn double_zero_equals_plus_and_hosts_have_no_case() {
        assert_eq!(key("0039 0584"), key("+390584"));
        assert_eq!(key("sip:Bob@Example.ORG"), "Bob@example.org");
        assert_ne!(key("0584943232"), key("+390584943232"));
        assert_eq!(keys("sip:225@Pbx"), ["225", "225@pbx"]);
        assert!(keys("sip:anonymous@anonymous.invalid").len() == 1);
    }
}
