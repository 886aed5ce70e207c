//! What the store remembers from before a start, told to the core before the first call.

use std::sync::mpsc::SyncSender;
use std::time::Duration;

use rappel_model::Timestamp;
use rappel_model::record::RegistrationRecord;
use rappel_net::Clock;
use rappel_store::{Error, Store, UsersVersion};
use rappel_switchboard::Input;

use super::users;

/// Messages that wait and forwards: they need no company to be known.
pub(crate) async fn first(store: &Store) -> Result<[Input; 2], Error> {
    let messages = store.waiting_messages().await?;
    let forwards = store.database().forwards(MAX_FORWARDS).await?;
    Ok([Input::Messages(messages), Input::Forwards(forwards)])
}

/// What is told behind the tenants: callers, since a caller's day is that of the company's time zone,
/// what companies have spent, the users and where their phones are. Says which state of the users it
/// was.
pub(crate) async fn behind_tenants(
    store: &Store,
    inbox: &SyncSender<Input>,
    clock: Clock,
) -> Result<UsersVersion, Error> {
    let database = store.database();
    let now = clock.now().wall.as_micros();
    let since = Timestamp::from_micros(now - LOOK_BACK.as_micros() as i64);
    let calls = database.past_calls(since, MAX_REMEMBERED).await?;
    let languages = database.caller_languages(MAX_REMEMBERED).await?;
    let outside = database.outside_calls(since, MAX_REMEMBERED).await?;
    let (seen, known) = users::known(store).await?;
    for input in [
        Input::Callers(calls, languages),
        Input::Outside(outside),
        Input::Users(known),
        Input::Registrations(reached(store).await),
    ] {
        // The core has not begun to read, and its inbox has room for far more than an engine has companies.
        let _room = inbox.send(input);
    }
    Ok(seen)
}

/// Where phones were reached. An engine that cannot read it serves all the same: phones register again.
async fn reached(store: &Store) -> Vec<RegistrationRecord> {
    match store.database().registrations(MAX_PHONES).await {
        Ok(kept) => {
            tracing::info!(users = kept.len(), "registrations read");
            kept
        }
        Err(error) => {
            tracing::error!(%error, "registrations cannot be read; phones must register again");
            Vec::new()
        }
    }
}

/// Most forwards that are read at start.
const MAX_FORWARDS: u32 = 100_000;

/// Most phones whose registrations are read at start.
const MAX_PHONES: u32 = 200_000;

/// How far back calls count for the next one: a day, wherever the company is.
const LOOK_BACK: Duration = Duration::from_secs(2 * 24 * 3600);

/// Most past calls, and languages of callers, that a start reads.
const MAX_REMEMBERED: u32 = 100_000;
