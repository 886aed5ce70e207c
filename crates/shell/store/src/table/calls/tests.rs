//! Records of calls: written, read back word for word, listed.

use std::net::SocketAddr;

use super::*;
use crate::scratch::{Scratch, call};

async fn stored(calls: &[CallRecord]) -> (Scratch, Database) {
    let scratch = Scratch::new();
    let database = Database::open(&scratch.folder()).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    for call in calls {
        insert(&mut connection, call).await.unwrap();
    }
    (scratch, database)
}

#[tokio::test]
async fn a_call_comes_back_as_it_was() {
    let full = call(1);
    let mut empty = call(2);
    empty.tenant = None;
    empty.line = None;
    empty.flow = None;
    empty.version = None;
    empty.origin = Origin::Unknown(SocketAddr::from(([192, 0, 2, 7], 5060)));
    empty.caller = None;
    (empty.ringing, empty.answered, empty.first_sound) = (None, None, None);
    (empty.status, empty.message) = (None, None);
    empty.tags.clear();
    empty.legs.clear();
    empty.stages.clear();
    let mut internal = call(3);
    internal.origin = Origin::User("poste-11".into());
    internal.direction = CallDirection::Internal;
    internal.connected = internal.answered;
    internal.legs[0].media = None;
    let calls = [full, empty, internal];
    let (_scratch, database) = stored(&calls).await;
    for call in &calls {
        assert_eq!(database.call(call.uid).await.unwrap().as_ref(), Some(call));
    }
    assert_eq!(database.call(CallUid(9)).await.unwrap(), None);
}

#[tokio::test]
async fn every_word_reads_back() {
    let mut calls = Vec::new();
    let ways = [
        EndedBy::Caller,
        EndedBy::Callee,
        EndedBy::Engine,
        EndedBy::Network,
    ];
    let outcomes = [
        Outcome::Served,
        Outcome::MessageLeft,
        Outcome::FlowOnly,
        Outcome::Missed,
        Outcome::Refused,
        Outcome::Failed,
    ];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let mut call = call(number as u128);
        call.outcome = outcome;
        call.ended_by = ways[number % ways.len()];
        calls.push(call);
    }
    let (_scratch, database) = stored(&calls).await;
    let filter = CallFilter {
        tenant: None,
        last: 100,
    };
    assert_eq!(database.calls(&filter).await.unwrap(), calls);
}

#[tokio::test]
async fn the_newest_are_listed_the_oldest_of_them_first() {
    let mut calls: Vec<CallRecord> = (0..30).map(call).collect();
    calls[29].tenant = Some("notaire".into());
    calls.reverse();
    let (_scratch, database) = stored(&calls).await;
    let filter = |tenant: Option<&str>, last| CallFilter {
        tenant: tenant.map(Into::into),
        last,
    };
    let uids = |calls: Vec<CallRecord>| calls.iter().map(|c| c.uid.0).collect::<Vec<_>>();
    let listed = database.calls(&filter(None, 3)).await.unwrap();
    assert_eq!(uids(listed), [27, 28, 29]);
    let listed = database.calls(&filter(Some("garage"), 3)).await.unwrap();
    assert_eq!(uids(listed), [26, 27, 28]);
    let listed = database.calls(&filter(None, u32::MAX)).await.unwrap();
    assert_eq!(listed.len(), 30);
    let listed = database.calls(&filter(Some("nobody"), 3)).await.unwrap();
    assert!(listed.is_empty());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_names_its_place() {
    let (_scratch, database) = stored(&[call(1)]).await;
    sqlx::query("UPDATE calls SET outcome = 'wonderful'")
        .execute(&database.pool)
        .await
        .unwrap();
    let read = database.call(CallUid(1)).await;
    assert_eq!(
        read,
        Err(Error::Bug("unreadable outcome in calls".to_owned()))
    );
}

#[tokio::test]
async fn many_records_are_added_together_each_once() {
    let (_scratch, database) = stored(&[call(7), call(90)]).await;
    let mut connection = database.connect().await.unwrap();
    // One statement of each size, and two of the smallest.
    let calls: Vec<CallRecord> = (0..64 + 16 + 4 + 2).map(call).collect();
    let borrowed: Vec<&CallRecord> = calls.iter().collect();
    insert_all(&mut connection, &borrowed).await.unwrap();
    insert_all(&mut connection, &borrowed).await.unwrap();
    insert_all(&mut connection, &[]).await.unwrap();
    let filter = CallFilter {
        tenant: None,
        last: 100,
    };
    let mut kept = calls;
    kept.push(call(90));
    assert_eq!(database.calls(&filter).await.unwrap(), kept);
}
