//! The writing thread: order, stopping, and a full inbox.

use std::sync::mpsc::channel;

use super::*;
use crate::database::Database;
use crate::scratch::{Scratch, call, message, reached};
use crate::table::calls::CallFilter;
use crate::table::messages::MessageFilter;

async fn writer(scratch: &Scratch) -> (Database, Writer) {
    let database = Database::open(&scratch.folder()).await.unwrap();
    let connection = database.connect().await.unwrap();
    (database, Writer::start(connection))
}

fn all() -> CallFilter {
    CallFilter {
        tenant: None,
        last: crate::MAX_LISTED,
    }
}

#[tokio::test]
async fn when_it_is_acknowledged_another_connection_can_read_it() {
    let scratch = Scratch::new();
    let (database, writer) = writer(&scratch).await;
    for number in 0..20 {
        let (done, answer) = oneshot::channel();
        let ack = Reply::new(move |result| done.send(result).unwrap());
        writer.ask(Row::Keep(Box::new(message(number))), ack);
        assert_eq!(answer.await, Ok(Ok(())));
        let found = database.messages(&MessageFilter::default()).await.unwrap();
        assert_eq!(found.len() as u128, number + 1);
    }
    writer.close().await.unwrap();
}

#[tokio::test]
async fn closing_writes_what_waits_and_refuses_what_comes_later() {
    let scratch = Scratch::new();
    let (database, writer) = writer(&scratch).await;
    for number in 0..1_000 {
        writer.write(Row::Call(Box::new(call(number)))).unwrap();
    }
    writer.close().await.unwrap();
    assert_eq!(database.calls(&all()).await.unwrap().len(), 1_000);
    assert_eq!(
        writer.write(Row::Call(Box::new(call(1)))),
        Err(Error::Closed)
    );
    let (sender, answer) = channel();
    writer.ask(
        Row::Keep(Box::new(message(1))),
        Reply::new(move |r| sender.send(r).unwrap()),
    );
    assert_eq!(answer.try_recv(), Ok(Err(Error::Closed)));
    assert_eq!(writer.close().await, Err(Error::Closed));
}

#[tokio::test(flavor = "current_thread")]
async fn phones_leave_half_of_the_queue_to_records() {
    let scratch = Scratch::new();
    let (database, writer) = writer(&scratch).await;
    let phone = || Row::Reached(Box::new(reached("poste-11", 5060)));
    for _ in 0..=MAX_QUEUED_WRITES / 2 {
        writer.write(phone()).unwrap();
    }
    assert_eq!(writer.write(phone()), Err(Error::Overloaded));
    writer.write(Row::Call(Box::new(call(1)))).unwrap();
    writer.close().await.unwrap();
    assert_eq!(database.calls(&all()).await.unwrap().len(), 1);
    assert_eq!(database.registrations(9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "current_thread")]
async fn the_queue_has_a_bound() {
    let scratch = Scratch::new();
    let (database, writer) = writer(&scratch).await;
    // On one thread the task cannot run before this test waits.
    for number in 0..MAX_QUEUED_WRITES {
        writer
            .write(Row::Call(Box::new(call(number as u128))))
            .unwrap();
    }
    let one_more = Row::Call(Box::new(call(u128::MAX >> 1)));
    assert_eq!(writer.write(one_more), Err(Error::Overloaded));
    let (sender, answer) = channel();
    writer.ask(
        Row::Keep(Box::new(message(1))),
        Reply::new(move |r| sender.send(r).unwrap()),
    );
    assert_eq!(
        answer.try_recv(),
        Ok(Err(Error::Overloaded)),
        "answered at once"
    );
    writer.close().await.unwrap();
    assert_eq!(
        database.calls(&all()).await.unwrap().len(),
        MAX_QUEUED_WRITES
    );
}
