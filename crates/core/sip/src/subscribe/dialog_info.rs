//! The body of busy lamps: application/dialog-info+xml (RFC 4235 §4).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;

use super::lamps::{Direction, State};
use super::xml::Escaped;
use crate::output::DialogId;

/// One dialog of the watched user, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Who began it, seen from the watched phone.
    pub(crate) direction: Direction,
    /// How far it is.
    pub(crate) state: State,
    /// What it is named by.
    pub(crate) names: Names,
    /// The other party, where the operator shows it.
    pub(crate) peer: Option<String>,
}

/// The names of a dialog, seen from the watched phone (RFC 4235 §4.1.2): what an INVITE with Replaces
/// needs (RFC 3891) to take a call that rings there. The engine is the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// Its Call-ID.
    pub(crate) call_id: String,
    /// The phone's tag, once it gave one.
    pub(crate) local_tag: Option<String>,
    /// Our tag.
    pub(crate) remote_tag: String,
}

/// All dialogs of the watched users, by handle.
pub(crate) type Dialogs = BTreeMap<DialogId, Shown>;

/// The body number `version`: all dialogs, or against what was told `before` only those that
/// changed, with those that ended (RFC 4235 §4.1: `partial`).
pub(crate) fn print(
    entity: &str,
    version: u32,
    before: Option<&Dialogs>,
    dialogs: &Dialogs,
) -> Bytes {
    let kind = if before.is_some() { "partial" } else { "full" };
    let mut text = String::with_capacity(512);
    let head = write!(
        text,
        "<?xml version=\"1.0\"?>\r\n\
         <dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" \
         state=\"{kind}\" entity=\"{}\">\r\n",
        Escaped(entity)
    );
    head.expect("writing to a String does not fail");
    for (id, dialog) in dialogs {
        if before.is_none_or(|before| before.get(id) != Some(dialog)) {
            element(&mut text, (entity, *id), dialog, dialog.state.as_str());
        }
    }
    for (id, dialog) in before.into_iter().flatten() {
        if !dialogs.contains_key(id) {
            element(&mut text, (entity, *id), dialog, "terminated");
        }
    }
    text.push_str("</dialog-info>\r\n");
    Bytes::from(text)
}

fn element(text: &mut String, (entity, id): (&str, DialogId), dialog: &Shown, state: &str) {
    let direction = dialog.direction.as_str();
    let Names {
        call_id,
        local_tag,
        remote_tag,
    } = &dialog.names;
    let local_tag = local_tag.iter().map(|tag| Attribute("local-tag", tag));
    let remote_tag = (!remote_tag.is_empty()).then_some(Attribute("remote-tag", remote_tag));
    let mut names = String::new();
    for name in [Attribute("call-id", call_id)]
        .into_iter()
        .chain(local_tag)
        .chain(remote_tag)
    {
        write!(names, "{name}").expect("writing to a String does not fail");
    }
    write!(
        text,
        "<dialog id=\"d{}\"{names} direction=\"{direction}\"><state>{state}</state>\
         <local><identity>{}</identity></local>",
        id.0,
        Escaped(entity)
    )
    .expect("writing to a String does not fail");
    if let Some(peer) = &dialog.peer {
        write!(
            text,
            "<remote><identity>{}</identity></remote>",
            Escaped(peer)
        )
        .expect("writing to a String does not fail");
    }
    text.push_str("</dialog>\r\n");
}

/// An attribute with a space before it.
struct Attribute<'a>(&'static str, &'a str);

impl std::fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, " {}=\"{}\"", self.0, Escaped(self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ringing(peer: Option<&str>) -> Shown {
        Shown {
            direction: Direction::Recipient,
            state: State::Early,
            names: Names {
                call_id: "a&b".to_owned(),
                local_tag: Some("theirs".to_owned()),
                remote_tag: "ours".to_owned(),
            },
            peer: peer.map(str::to_owned),
        }
    }

    #[test]
    fn the_first_body_is_full_and_the_next_tell_what_changed() {
        let mut before = Dialogs::new();
        before.insert(DialogId(1), ringing(None));
        before.insert(DialogId(2), ringing(None));
        let full = print("sip:12@a", 0, None, &before);
        let full = std::str::from_utf8(&full).unwrap();
        assert!(full.contains("version=\"0\" state=\"full\" entity=\"sip:12@a\""));
        assert_eq!(full.matches("<state>early</state>").count(), 2);
        let mut now = before.clone();
        now.remove(&DialogId(2));
        now.insert(DialogId(3), ringing(None));
        let partial = print("sip:12@a", 1, Some(&before), &now);
        let partial = std::str::from_utf8(&partial).unwrap();
        assert!(partial.contains("state=\"partial\"") && !partial.contains("\"d1\""));
        assert!(partial.contains(
            "<dialog id=\"d3\" call-id=\"a&amp;b\" local-tag=\"theirs\" remote-tag=\"ours\" \
             direction=\"recipient\"><state>early<"
        ));
        assert!(partial.contains("direction=\"recipient\"><state>terminated<"));
    }

    #[test]
    fn nothing_from_elsewhere_becomes_an_element() {
        let dialogs = Dialogs::from([(DialogId(1), ringing(Some("sip:<a>&\"'@b")))]);
        let body = print("sip:\"<x>\"", 0, None, &dialogs);
        let body = std::str::from_utf8(&body).unwrap();
        assert!(
            body.contains("entity=\"sip:&quot;&lt;x&gt;&quot;\""),
            "{body}"
        );
        assert!(body.contains("<identity>sip:&lt;a&gt;&amp;&quot;&apos;@b</identity>"));
    }
}
