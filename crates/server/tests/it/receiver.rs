//! A webhook receiver on loopback that stores the webhooks and verifies their signatures.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Channel, Sender, channel};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// Long enough for a busy machine.
const LIMIT: Duration = Duration::from_secs(40);

/// A received webhook.
pub(crate) struct Webhook {
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Webhook {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether the webhook is signed with this secret (`whsec_…`), by the scheme of Standard Webhooks.
    pub(crate) fn is_signed_with(&self, standard_secret: &str) -> bool {
        let key = standard_secret.strip_prefix("whsec_").unwrap();
        let key = BASE64_STANDARD.decode(key).unwrap();
        let (id, sent_at) = (&self.headers["webhook-id"], &self.headers["webhook-timestamp"]);
        let mac = Hmac::<Sha256>::new_from_slice(&key)
            .unwrap()
            .chain_update(format!("{id}.{sent_at}."))
            .chain_update(&self.body);
        let expected = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        let offered = self.headers["webhook-signature"].split(' ');
        offered
            .filter_map(|signature| signature.strip_prefix("v1,"))
            .any(|signature| signature == expected)
    }
}

/// Listens until the test ends.
pub(crate) struct Receiver {
    pub(crate) url: String,
    webhooks: Channel<Webhook>,
}

impl Receiver {
    /// Responds to all requests with 204.
    pub(crate) fn start() -> Self {
        Self::answering(|| {})
    }

    /// Responds with 204 after `wait` has returned.
    pub(crate) fn answering(wait: impl Fn() + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (keep, webhooks) = channel();
        let wait = Arc::new(wait);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (keep, wait) = (keep.clone(), Arc::clone(&wait));
                thread::spawn(move || answer_all(connection, &keep, wait.as_ref()));
            }
        });
        Self { url, webhooks }
    }

    /// Waits for the next webhook.
    pub(crate) fn next(&self) -> Webhook {
        self.webhooks.recv_timeout(LIMIT).expect("a webhook arrives")
    }

    /// Whether another webhook has arrived.
    pub(crate) fn has_more(&self) -> bool {
        self.webhooks.try_recv().is_ok()
    }
}

fn answer_all(mut connection: TcpStream, keep: &Sender<Webhook>, wait: &dyn Fn()) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    while let Some(webhook) = read(&mut reader) {
        if keep.send(webhook).is_err() {
            return;
        }
        wait();
        if connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Webhook> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Webhook { headers, body })
}
