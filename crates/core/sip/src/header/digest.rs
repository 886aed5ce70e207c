//! What the four digest headers share: `Digest name=value, name="value"` (RFC 7616 §3.3, §3.4).

use super::scan::{cut, is_token, quoted, split_list};
use super::{BadValue, Param, Params};

/// Cuts off the scheme and reads what follows it as parameters. Another scheme than Digest yields
/// `None` for the parameters: it must merely be ignored (RFC 4475 §3.3.9).
pub(super) fn read(text: &str) -> Result<(&str, Option<Params>), BadValue> {
    let text = text.trim();
    let (scheme, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    if !is_token(scheme) {
        return Err(BadValue("credentials name no scheme"));
    }
    if !scheme.eq_ignore_ascii_case("Digest") {
        return Ok((scheme, None));
    }
    let mut params = Params::new();
    for piece in split_list(rest) {
        let (name, value) = cut(piece, b'=');
        let value = value
            .ok_or(BadValue("a digest parameter has no value"))?
            .trim();
        let quotes = value.starts_with('"');
        let value = if quotes {
            quoted(value)?.0
        } else {
            value.to_owned()
        };
        params.push(Param {
            name: name.trim().into(),
            value: Some(value.into()),
            quoted: quotes,
        });
    }
    Ok((scheme, Some(params)))
}

/// A parameter that must be there.
pub(super) fn required(params: &Params, name: &str) -> Result<String, BadValue> {
    params
        .value(name)
        .map(str::to_owned)
        .ok_or(BadValue("digest credentials lack a parameter"))
}

/// A parameter that may be there.
pub(super) fn optional(params: &Params, name: &str) -> Option<String> {
    params.value(name).map(str::to_owned)
}
