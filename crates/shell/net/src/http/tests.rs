//! Good systems, slow ones, endless ones, liars: each costs its own request and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// A server that answers every connection with `answer`, and counts them.
async fn server<F, A>(answer: F) -> (String, Arc<AtomicU32>)
where
    F: Fn(u32, TcpStream, String) -> A + Send + Sync + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU32::new(0));
    let (count, answer) = (Arc::clone(&asked), Arc::new(answer));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                let read = stream.read(&mut head).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                answer(number, stream, head).await;
            });
        }
    });
    (base, asked)
}

/// A server that always says the same, then closes.
async fn says(text: impl Into<Vec<u8>>) -> String {
    let text = Arc::new(text.into());
    let (base, _) = server(move |_, mut stream, _| {
        let text = Arc::clone(&text);
        async move {
            let _sent = stream.write_all(&text).await;
        }
    })
    .await;
    base
}

fn request(base: &str, path: &str) -> Request {
    Request {
        method: Method::Get,
        url: format!("{base}{path}"),
        allow: Allow::new([&*format!("{base}/v1/")]),
        body: None,
        bearer: None,
        timeout: Duration::from_secs(5),
        retries: 0,
    }
}

fn client() -> Client {
    // A second test that installs it finds it there.
    let _first = rustls::crypto::ring::default_provider().install_default();
    Client::new().unwrap()
}

#[tokio::test]
async fn a_good_answer_is_read_whole_and_a_secret_goes_along() {
    let (base, _) = server(|_, mut stream, head| async move {
        let knows = head
            .to_lowercase()
            .contains("authorization: bearer s3cret\r\n");
        let body = format!(
            "{{\"knows\":{knows},\"sent\":{}}}",
            head.ends_with("{\"a\":1}")
        );
        let text = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let _sent = stream.write_all(text.as_bytes()).await;
    })
    .await;
    let mut asked = request(&base, "/v1/x");
    asked.method = Method::Post;
    asked.body = Some("{\"a\":1}".to_owned());
    asked.bearer = Some(Secret::new("s3cret"));
    let body = client().ask(&asked).await.unwrap();
    assert_eq!(&body[..], b"{\"knows\":true,\"sent\":true}");
    let mut elsewhere = request(&base, "/v2/x");
    assert_eq!(client().ask(&elsewhere).await, Err(Failure::NotAllowed));
    elsewhere.url = "not a url".to_owned();
    assert_eq!(client().ask(&elsewhere).await, Err(Failure::NotAllowed));
}

#[tokio::test]
async fn whatever_is_hostile_ends_within_its_limit() {
    let large = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(MAX_BODY + 1));
    let told = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", u32::MAX);
    let headers = format!("HTTP/1.1 200 OK\r\n{}", "X-A: b\r\n".repeat(100_000));
    for (text, expected) in [
        (large, Failure::TooLarge),
        (told, Failure::TooLarge),
        (headers, Failure::Unreachable),
        ("SSH-2.0-OpenSSH_9.2\r\n".to_owned(), Failure::Unreachable),
        (String::new(), Failure::Unreachable),
        (
            "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Failure::Status(503),
        ),
        (
            "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Failure::Status(404),
        ),
    ] {
        let base = says(text).await;
        assert_eq!(client().ask(&request(&base, "/v1/x")).await, Err(expected));
    }
    let fits = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(MAX_BODY));
    let base = says(fits).await;
    assert_eq!(
        client()
            .ask(&request(&base, "/v1/x"))
            .await
            .map(|b| b.len()),
        Ok(MAX_BODY)
    );
}

#[tokio::test]
async fn one_byte_a_second_does_not_outlast_the_limit() {
    let (base, _) = server(|_, mut stream, _| async move {
        let _sent = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let mut asked = request(&base, "/v1/x");
    (asked.timeout, asked.retries) = (Duration::from_millis(400), 3);
    let began = Instant::now();
    assert_eq!(client().ask(&asked).await, Err(Failure::TimedOut));
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn repeats_and_redirections_have_their_bounds() {
    let (base, asked) = server(|number, mut stream, head| async move {
        let text = match number {
            _ if head.starts_with("GET /v1/around") => {
                "HTTP/1.1 302 Found\r\nLocation: /v1/around\r\nContent-Length: 0\r\n\r\n"
            }
            _ if head.starts_with("GET /v1/out") => {
                "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/x\r\nContent-Length: 0\r\n\r\n"
            }
            0 | 1 => "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        };
        let _sent = stream.write_all(text.as_bytes()).await;
    })
    .await;
    let mut twice = request(&base, "/v1/x");
    twice.retries = 1;
    assert_eq!(client().ask(&twice).await, Err(Failure::Status(500)));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(client().ask(&twice).await.unwrap(), "ok");
    let around = client().ask(&request(&base, "/v1/around")).await;
    assert_eq!(around, Err(Failure::Unreachable));
    let out = client().ask(&request(&base, "/v1/out")).await;
    assert_eq!(out, Err(Failure::NotAllowed));
}
