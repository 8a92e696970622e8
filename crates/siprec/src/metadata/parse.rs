//! Reads one metadata document, of RFC 7865 or of a draft, in any order of elements.

use std::collections::HashSet;

use roxmltree::{Document, Node, ParsingOptions};

use super::{
    Association, CommunicationSession, Error, Membership, Metadata, Person, Stream,
    dialects::{self, Vendor},
    same, text,
};

/// Most nodes (elements, attributes' owners, texts) of one document.
const NODES_MAX: u32 = 65_536;
/// Most attributes of one element.
const ATTRIBUTES_MAX: usize = 512;
/// Most namespace prefixes of one document.
const PREFIXES_MAX: usize = 32;
/// Most elements kept of each kind.
const ELEMENTS_MAX: usize = 1024;
/// Most values kept of one element: addresses, streams sent, sessions.
const VALUES_MAX: usize = 64;

/// Reads a metadata part. `charset` is the parameter of its Content-Type.
pub(crate) fn parse(bytes: &[u8], charset: Option<&str>) -> Result<Metadata, Error> {
    let text = text::decode(bytes, charset)?;
    if has_too_many_attributes(&text) || has_too_many_prefixes(&text) {
        return Err(Error::TooManyElements);
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODES_MAX,
        ..Default::default()
    };
    let document = Document::parse_with_options(&text, options).map_err(refusal)?;
    let mut metadata = Metadata::default();
    let root = document.root_element();
    for element in root.children().filter(Node::is_element) {
        read(element, &mut metadata);
    }
    metadata.vendor = Vendor::of(root);
    dialects::mark_people(root, &mut metadata.people);
    Ok(metadata)
}

/// Whether some element has more attributes than the XML parser compares in good time: it
/// compares each with each. A `<` cannot stand inside a value, so that between two of them the
/// equals signs are at least as many as the attributes.
fn has_too_many_attributes(text: &str) -> bool {
    let mut tags = text.split('<');
    tags.any(|tag| tag.bytes().filter(|byte| *byte == b'=').count() > ATTRIBUTES_MAX)
}

/// Whether more namespace prefixes are declared than the XML parser handles in good time: each
/// element that declares one costs it the square of those in scope.
fn has_too_many_prefixes(text: &str) -> bool {
    let declared = text.split("xmlns").skip(1);
    let prefixes = declared.map(|rest| {
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    });
    let mut known = HashSet::new();
    prefixes
        .into_iter()
        .any(|prefix| known.insert(prefix) && known.len() > PREFIXES_MAX)
}

fn refusal(error: roxmltree::Error) -> Error {
    if matches!(error, roxmltree::Error::DtdDetected) {
        return Error::Dtd;
    }
    if matches!(error, roxmltree::Error::NodesLimitReached) {
        return Error::TooManyElements;
    }
    // The place alone: the text of the error may quote what was sent.
    let position = error.pos();
    Error::NotXml(position.row, position.col)
}

fn read(element: Node<'_, '_>, metadata: &mut Metadata) {
    let name = element.tag_name().name();
    let oddities = &mut metadata.oddities;
    match name.to_ascii_lowercase().as_str() {
        "datamode" => metadata.partial = is_text(element, "partial"),
        "group" => {
            let id = identifier(element, "group_id");
            keep(&mut metadata.groups, id, String::as_str, oddities);
        }
        "session" => {
            let session = session(element);
            keep(&mut metadata.sessions, session, |known| &known.id, oddities);
        }
        "participant" => participant(element, metadata),
        "stream" => {
            let stream = stream(element);
            keep(&mut metadata.streams, stream, |known| &known.id, oddities);
        }
        "sessionrecordingassoc" if child_text(element, "disassociate-time").is_some() => {
            add(
                &mut metadata.left,
                identifier(element, "session_id"),
                oddities,
            );
        }
        "participantsessionassoc" => {
            let person = identifier(element, "participant_id");
            let session = identifier(element, "session_id");
            let membership = Membership {
                person,
                session,
                left: child_text(element, "disassociate-time").is_some(),
            };
            add(&mut metadata.memberships, membership, oddities);
        }
        "participantstreamassoc" => {
            let person = identifier(element, "participant_id");
            let association = Association {
                person,
                sends: sends(element),
            };
            add(&mut metadata.associations, association, oddities);
        }
        // Elements of other namespaces are allowed everywhere (RFC 7865 section 9).
        _ => {}
    }
}

fn session(element: Node<'_, '_>) -> CommunicationSession {
    CommunicationSession {
        id: identifier(element, "session_id"),
        group: child_text(element, "group-ref").or_else(|| attribute(element, &["group"])),
        sip_session: child_text(element, "sipSessionID"),
        start: child_text(element, "start-time"),
        stop: child_text(element, "stop-time"),
    }
}

fn stream(element: Node<'_, '_>) -> Stream {
    Stream {
        id: identifier(element, "stream_id"),
        session: attribute(element, &["session_id", "session"]),
        label: child_text(element, "label").or_else(|| attribute(element, &["label"])),
        line: None,
    }
}

fn participant(element: Node<'_, '_>, metadata: &mut Metadata) {
    let mut person = Person {
        id: identifier(element, "participant_id"),
        name: element.children().find_map(|child| {
            let named = is_named(child, "nameID") || is_named(child, "name");
            named.then(|| descendant_text(child, "name"))?
        }),
        ..Person::default()
    };
    for child in element.children().filter(Node::is_element) {
        let address = match () {
            () if is_named(child, "nameID") => {
                attribute(child, &["aor"]).or_else(|| child_text(child, "aor"))
            }
            () if is_named(child, "aor") => text_of(child),
            () => None,
        };
        person.add(address);
    }
    let sends = sends(element);
    if !sends.is_empty() {
        // Drafts told who sends what inside the participant.
        let association = Association {
            person: person.key().to_owned(),
            sends,
        };
        add(
            &mut metadata.associations,
            association,
            &mut metadata.oddities,
        );
    }
    if let Some(session) = attribute(element, &["session", "session_id"]) {
        let membership = Membership {
            person: person.key().to_owned(),
            session,
            left: false,
        };
        add(
            &mut metadata.memberships,
            membership,
            &mut metadata.oddities,
        );
    }
    keep(
        &mut metadata.people,
        person,
        Person::key,
        &mut metadata.oddities,
    );
}

impl Person {
    /// What identifies this person: the id, or for want of one the first address.
    pub(crate) fn key(&self) -> &str {
        if self.id.is_empty() {
            self.addresses.first().map_or("", String::as_str)
        } else {
            &self.id
        }
    }

    /// One more address, unless it is known.
    pub(super) fn add(&mut self, address: Option<String>) {
        if let Some(address) = address
            && self.addresses.len() < VALUES_MAX
            && !self.addresses.contains(&address)
        {
            self.addresses.push(address);
        }
    }
}

/// The streams named by `send` children: as text, as an `id` child, or as an attribute.
fn sends(element: Node<'_, '_>) -> Vec<String> {
    let sends = element.children().filter(|child| is_named(*child, "send"));
    sends
        .filter_map(|send| {
            let inner = || {
                send.children()
                    .find(|c| is_named(*c, "id") || is_named(*c, "stream_id"))
            };
            text_of(send)
                .or_else(|| inner().and_then(text_of))
                .or_else(|| attribute(send, &["stream_id", "id", "stream"]))
        })
        .take(VALUES_MAX)
        .collect()
}

/// Keeps an element unless there is one of the same identifier: two for one id are an error,
/// and the portion is ignored (RFC 7865 section 6.10).
fn keep<T>(list: &mut Vec<T>, new: T, id: impl Fn(&T) -> &str, oddities: &mut Vec<String>) {
    let is_known = |known: &T| !id(&new).is_empty() && same(id(known), id(&new));
    if list.len() < ELEMENTS_MAX && list.iter().any(is_known) {
        note(
            oddities,
            "The metadata use one identifier for two elements.",
        );
    } else {
        add(list, new, oddities);
    }
}

fn add<T>(list: &mut Vec<T>, new: T, oddities: &mut Vec<String>) {
    if list.len() < ELEMENTS_MAX {
        list.push(new);
    } else {
        note(
            oddities,
            "The metadata have too many elements; the first 1,024 were kept.",
        );
    }
}

/// Notes an oddity once.
fn note(oddities: &mut Vec<String>, text: &str) {
    if !oddities.iter().any(|known| known == text) {
        oddities.push(text.to_owned());
    }
}

fn identifier(element: Node<'_, '_>, name: &str) -> String {
    let short = name.strip_suffix("_id").unwrap_or(name);
    attribute(element, &[name, "id", short]).unwrap_or_default()
}

/// The first of these attributes that is not blank, whatever its case.
fn attribute(element: Node<'_, '_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let found = element
            .attributes()
            .find(|found| found.name().eq_ignore_ascii_case(name))?;
        let value = found.value().trim();
        (!value.is_empty()).then(|| value.to_owned())
    })
}

fn child_text(element: Node<'_, '_>, name: &str) -> Option<String> {
    element
        .children()
        .find(|child| is_named(*child, name))
        .and_then(text_of)
}

fn descendant_text(element: Node<'_, '_>, name: &str) -> Option<String> {
    element
        .descendants()
        .find(|child| is_named(*child, name))
        .and_then(text_of)
}

fn text_of(element: Node<'_, '_>) -> Option<String> {
    let text: String = element
        .children()
        .filter(Node::is_text)
        .filter_map(|text| text.text())
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_text(element: Node<'_, '_>, expected: &str) -> bool {
    text_of(element).is_some_and(|text| text.eq_ignore_ascii_case(expected))
}

fn is_named(element: Node<'_, '_>, name: &str) -> bool {
    element.is_element() && element.tag_name().name().eq_ignore_ascii_case(name)
}
