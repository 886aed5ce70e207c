//! Asks other systems for flows: the core's request as HTTP, the answer as values.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, PoisonError, RwLock};

use rappel_ivr::{HttpFailure, HttpMethod, HttpRequest, HttpResult, Scalar};
use rappel_model::{Secret, TenantId};
use rappel_net::http::{Allow, Client, Failure, Method, Request};
use serde_json::value::RawValue;

use crate::config::secrets::Secrets;

/// The way to other systems, with the secrets they want. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Web {
    /// `None` when this machine has no certificates to trust.
    client: Option<Client>,
    secrets: Arc<RwLock<Secrets>>,
}

impl Web {
    /// A way with these secrets, which may change.
    pub(crate) fn new(secrets: Arc<RwLock<Secrets>>) -> Self {
        let client = Client::new()
            .inspect_err(|error| tracing::warn!(error, "steps that ask other systems will fail"));
        Self {
            client: client.ok(),
            secrets,
        }
    }

    /// Asks; the answer comes within the request's limit.
    pub(super) async fn ask(
        &self,
        tenant: &TenantId,
        request: HttpRequest,
        allow: &[String],
    ) -> HttpResult {
        let bearer = match &request.auth {
            None => None,
            Some(name) => match self.secret(name) {
                Some(secret) => Some(secret),
                None => {
                    tracing::warn!(%tenant, secret = name, "a step needs a secret nobody declared");
                    return HttpResult::Failed(HttpFailure::NotAllowed);
                }
            },
        };
        let asked = Request {
            method: match request.method {
                HttpMethod::Get => Method::Get,
                HttpMethod::Post => Method::Post,
                HttpMethod::Put => Method::Put,
            },
            url: request.url,
            allow: Allow::new(allow.iter().map(String::as_str)),
            body: (!request.fields.is_empty()).then(|| object(&request.fields)),
            bearer,
            timeout: request.timeout,
            retries: request.retries,
        };
        let Some(client) = &self.client else {
            return HttpResult::Failed(HttpFailure::Unreachable);
        };
        match client.ask(&asked).await {
            Ok(body) => read(&body, &request.paths),
            Err(Failure::Status(404 | 410)) => HttpResult::Missing,
            Err(failure) => HttpResult::Failed(match failure {
                Failure::TimedOut => HttpFailure::TimedOut,
                Failure::Unreachable => HttpFailure::Unreachable,
                Failure::NotAllowed => HttpFailure::NotAllowed,
                Failure::Status(status) => HttpFailure::Status(status),
                Failure::TooLarge => HttpFailure::TooLarge,
            }),
        }
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets.get(name)
    }
}

/// The fields as one JSON object, in their order; numbers keep their digits.
fn object(fields: &[(String, Scalar)]) -> String {
    let mut text = String::from("{");
    for (n, (name, value)) in fields.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let name = serde_json::Value::from(name.as_str());
        let value = match value {
            Scalar::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Scalar::Number(digits) if serde_json::from_str::<&RawValue>(digits).is_ok() => {
                digits.clone()
            }
            Scalar::Number(digits) => serde_json::Value::from(digits.as_str()).to_string(),
            Scalar::YesNo(yes) => yes.to_string(),
            Scalar::Nested => "null".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}{name}:{value}");
    }
    text.push('}');
    text
}

/// The values at the paths that are wanted.
fn read(body: &[u8], paths: &[String]) -> HttpResult {
    if paths.is_empty() {
        return HttpResult::Ok(BTreeMap::new());
    }
    let Ok(whole) = serde_json::from_slice::<&RawValue>(body) else {
        return HttpResult::Failed(HttpFailure::NotJson);
    };
    let values = paths.iter().filter_map(|path| {
        let value = path.split('.').try_fold(whole, within)?;
        Some((path.clone(), scalar(value)?))
    });
    HttpResult::Ok(values.collect())
}

/// The value behind one name of a path, or at one place of a list. Only what the path leads through
/// is read, so that nesting costs nothing.
fn within<'v>(value: &'v RawValue, name: &str) -> Option<&'v RawValue> {
    match value.get().as_bytes().first()? {
        b'{' => {
            let fields: BTreeMap<Cow<'_, str>, &RawValue> =
                serde_json::from_str(value.get()).ok()?;
            fields.get(name).copied()
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            items.get(name.parse::<usize>().ok()?).copied()
        }
        _ => None,
    }
}

/// A single value; `null` is none.
fn scalar(value: &RawValue) -> Option<Scalar> {
    let text = value.get();
    match text.as_bytes().first()? {
        b'n' => None,
        b't' => Some(Scalar::YesNo(true)),
        b'f' => Some(Scalar::YesNo(false)),
        b'"' => serde_json::from_str(text).ok().map(Scalar::Text),
        b'{' | b'[' => Some(Scalar::Nested),
        _ => Some(Scalar::Number(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(body: &str, paths: &[&str]) -> HttpResult {
        let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
        read(body.as_bytes(), &paths)
    }

    #[test]
    fn values_are_found_by_their_paths_digits_as_written() {
        let body = r#"{"a":{"b":[1,{"c":12.50}]},"vip":true,"nom":"L\u00e9a","nul":null,"l":[]}"#;
        let paths = ["a.b.1.c", "vip", "nom", "nul", "l", "a.b.7", "a.x", "vip.y"];
        let expected = [
            ("a.b.1.c", Scalar::Number("12.50".into())),
            ("vip", Scalar::YesNo(true)),
            ("nom", Scalar::Text("Léa".into())),
            ("l", Scalar::Nested),
        ];
        let expected = expected.map(|(path, value)| (path.to_owned(), value));
        assert_eq!(values(body, &paths), HttpResult::Ok(expected.into()));
    }

    #[test]
    fn what_is_no_json_or_deep_is_no_harm() {
        let bad = HttpResult::Failed(HttpFailure::NotJson);
        for body in ["", "<html>", "{\"a\":1", "{\"a\":1}x", "{'a':1}"] {
            assert_eq!(values(body, &["a"]), bad, "{body}");
        }
        assert_eq!(read(b"{\"a\":\"\xff\"}", &["a".to_owned()]), bad);
        assert_eq!(values("<html>", &[]), HttpResult::Ok(BTreeMap::new()));
        let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
        let path = vec!["0"; 200].join(".");
        let result = values(&deep, &[&path]);
        assert!(
            matches!(&result, HttpResult::Ok(v) if v.get(&path) == Some(&Scalar::Nested))
                || result == bad,
            "{result:?}"
        );
    }

    #[test]
    fn what_is_sent_is_json() {
        let fields = [
            ("a\"b".to_owned(), Scalar::Text("é\n".into())),
            ("n".to_owned(), Scalar::Number("12.50".into())),
            ("odd".to_owned(), Scalar::Number("1; drop".into())),
            ("y".to_owned(), Scalar::YesNo(false)),
        ];
        let text = object(&fields);
        assert_eq!(
            text,
            r#"{"a\"b":"é\n","n":12.50,"odd":"1; drop","y":false}"#
        );
    }
}
