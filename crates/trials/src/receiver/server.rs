//! The HTTP server of the receiver, on a separate thread.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::System;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;

use super::{Checking, Destination, Seen, Shared, locked};
use crate::Error;
use crate::clock::{since_epoch, unix_micros};
use crate::history::Arrival;

/// High, as stopped processes hold their connections while their successors open new ones.
const MAX_CONNECTIONS: usize = 4096;
const WORKERS: usize = 1;
const BODY_BYTES: usize = 1024 * 1024;

/// A server on its thread.
pub(super) struct Running {
    addresses: Vec<SocketAddr>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Binds a port for each destination, to represent different hosts; each port serves all paths.
    pub(super) fn start(shared: Arc<Shared>, ports: usize) -> Result<Self, Error> {
        let (sender, started) = channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                match serve(shared, ports) {
                    Ok((addresses, server)) => {
                        // Fails only if the caller has stopped waiting.
                        let _ = sender.send(Ok((addresses, server.handle())));
                        let _ = server.await;
                    }
                    Err(error) => drop(sender.send(Err(error))),
                }
            });
        });
        let (addresses, handle) = started.recv()??;
        Ok(Self { addresses, handle, thread: Some(thread) })
    }

    pub(super) fn address(&self, number: usize) -> Option<SocketAddr> {
        self.addresses.get(number).copied()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The call itself requests the stop; the future only waits for completion.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Listening = (Vec<SocketAddr>, actix_web::dev::Server);

fn serve(shared: Arc<Shared>, ports: usize) -> Result<Listening, std::io::Error> {
    let shared = web::Data::from(shared);
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(web::PayloadConfig::new(BODY_BYTES))
            .default_service(web::to(receive))
    })
    .workers(WORKERS)
    .max_connections(MAX_CONNECTIONS)
    .keep_alive(Duration::from_mins(2))
    // A disconnected client ends its requests.
    .h1_allow_half_closed(false)
    .disable_signals();
    for _ in 0..ports {
        server = server.bind((Ipv4Addr::LOCALHOST, 0))?;
    }
    Ok((server.addrs(), server.run()))
}

async fn receive(
    request: HttpRequest,
    body: web::Bytes,
    shared: web::Data<Shared>,
) -> HttpResponse {
    let number = request.path().trim_start_matches('/').parse();
    let Some(destination) = number.ok().and_then(|number| shared.destination(number)) else {
        return HttpResponse::NotFound().finish();
    };
    let accepted = match shared.checking {
        Checking::Everything => record_arrival(&request, &body, &shared, &destination).await,
        Checking::OneOf(every) => record_time(&request, &body, every, &destination).await,
    };
    if accepted {
        HttpResponse::NoContent().finish()
    } else {
        HttpResponse::InternalServerError().finish()
    }
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn signature_error(
    request: &HttpRequest,
    raw: &[u8],
    body: &Value,
    to: &Destination,
) -> Option<String> {
    match &*locked(&to.verifier) {
        None => Some("the secret is not known".to_owned()),
        Some(verifier) => verifier.verify(&|name| header(request, name), raw, body).err(),
    }
}

async fn record_arrival(
    request: &HttpRequest,
    raw: &web::Bytes,
    shared: &Shared,
    to: &Destination,
) -> bool {
    let began = shared.since_origin();
    let body: Value = serde_json::from_slice(raw).unwrap_or_default();
    let member = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let event = member("event_id");
    let signed_at = Duration::from_secs(body["timestamp"].as_u64().unwrap_or_default());
    let age = since_epoch().saturating_sub(signed_at);
    let invalid = signature_error(request, raw, &body, to);
    let earlier = {
        let mut log = locked(&to.log);
        log.checked += 1;
        log.invalid += usize::from(invalid.is_some());
        let count = log.requests_by_event.entry(event.clone()).or_default();
        *count += 1;
        *count - 1
    };
    let mut open = Open {
        shared,
        to,
        arrival: Arrival {
            destination: to.number,
            event,
            name: member("vendor_data"),
            began,
            ended: began,
            accepted: false,
            age,
            invalid,
        },
    };
    to.response_due().await;
    open.arrival.accepted = to.behaviour().accepts(&open.arrival.event, earlier);
    open.arrival.accepted
}

/// A request in progress. It is recorded when dropped, even if the client disconnects first.
struct Open<'a> {
    shared: &'a Shared,
    to: &'a Destination,
    arrival: Arrival,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.arrival.ended = self.shared.since_origin();
        locked(&self.to.log).arrivals.push(self.arrival.clone());
    }
}

/// Records only the time, and checks one of `every` signatures.
async fn record_time(
    request: &HttpRequest,
    raw: &web::Bytes,
    every: usize,
    to: &Destination,
) -> bool {
    let event = header(request, "webhook-id").unwrap_or_default();
    let accepted = to.behaviour().accepts(event, 0);
    let nth = {
        let mut log = locked(&to.log);
        log.seen.push(Seen {
            destination: to.number,
            event: id_bytes(event),
            at_unix_micros: unix_micros(),
            accepted,
        });
        log.seen.len()
    };
    if nth % every == 0 {
        let body = serde_json::from_slice(raw).unwrap_or_default();
        let invalid = signature_error(request, raw, &body, to).is_some();
        let mut log = locked(&to.log);
        log.checked += 1;
        log.invalid += usize::from(invalid);
    }
    to.response_due().await;
    accepted
}

/// The bytes of a UUID; zeros for anything else.
fn id_bytes(text: &str) -> [u8; 16] {
    let digits = text.chars().filter_map(|c| c.to_digit(16));
    let number = digits.fold(0_u128, |number, digit| (number << 4) | u128::from(digit));
    number.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_parsed_to_bytes() {
        let bytes = id_bytes("0f3c9a1e-6c1b-4a55-9d43-2d4b5f6a7b8c");
        assert_eq!(bytes[..4], [0x0f, 0x3c, 0x9a, 0x1e]);
        assert_eq!(bytes[15], 0x8c);
    }
}
