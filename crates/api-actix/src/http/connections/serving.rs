//! Builds a server with limited connections from an application and a listener.

use std::cell::RefCell;
use std::fmt;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::body::{BodySize, BoxBody, MessageBody};
use actix_http::error::DispatchError;
use actix_http::{ConnectionType, HttpService, KeepAlive, Payload, Protocol, Request, Response};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, apply_fn_factory, map_config};
use actix_web::Error;
use actix_web::dev::{AppConfig, Server, ServiceResponse};
use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpSocket;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::Connections;
use super::connection::{Answering, Connection};
use super::stream::Stream;

/// The size of the operating system's queue of unaccepted connections.
const BACKLOG: u32 = 1024;

/// The longest grace period for requests in progress at shutdown, in seconds.
pub const LONGEST_GRACE_SECONDS: u64 = 600;

/// How long to read what the client still sends after a response that did not wait for it.
const LINGER: Duration = Duration::from_secs(1);

impl Connections {
    /// Listens on `address` and returns the server, which runs once awaited, and its local address.
    ///
    /// # Errors
    /// If listening on the address fails.
    pub fn listen<F, I, S, B>(
        &self,
        app: F,
        address: SocketAddr,
        workers: usize,
    ) -> io::Result<(Server, SocketAddr)>
    where
        F: Fn() -> I + Clone + Send + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<
                Request,
                Config = AppConfig,
                Response = ServiceResponse<B>,
                Error = Error,
            > + 'static,
        S::InitError: fmt::Debug,
        B: MessageBody + 'static,
    {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
        socket.bind(address).map_err(named)?;
        let listener = socket.listen(BACKLOG).map_err(named)?.into_std()?;
        let local = listener.local_addr()?;
        let connections = self.clone();
        let server = Server::build()
            .workers(workers)
            // `Places` enforces the limit; a connection that is closed to admit another stays open for a moment longer.
            .max_concurrent_connections(self.0.limits.total.saturating_add(BACKLOG as usize))
            .disable_signals()
            // The caller waits for connections before it stops the server, and limits that wait itself.
            .shutdown_timeout(LONGEST_GRACE_SECONDS + LINGER.as_secs())
            .listen("http", listener, move || {
                let service = connections.service(app(), Some(local));
                apply_fn_factory(service, |io: TcpStream, service: &_| {
                    let peer = io.peer_addr();
                    let served = peer.map(|peer| Service::call(service, (io, peer)));
                    async move {
                        match served {
                            Ok(served) => served.await,
                            Err(error) => Err(DispatchError::Io(error)),
                        }
                    }
                })
            })?;
        Ok((server.run(), local))
    }

    /// A service for connections, each a stream and the address of its peer.
    pub fn service<T, I, S, B>(
        &self,
        app: I,
        local: Option<SocketAddr>,
    ) -> impl ServiceFactory<
        (T, SocketAddr),
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<T, I, S, B>
    where
        T: AsyncRead + AsyncWrite + Unpin + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<
                Request,
                Config = AppConfig,
                Response = ServiceResponse<B>,
                Error = Error,
            > + 'static,
        S::InitError: fmt::Debug,
        B: MessageBody + 'static,
    {
        let app = map_config(app, |()| AppConfig::default());
        let app = apply_fn_factory(app, |mut request: Request, app: &_| {
            let has_body = !matches!(request.payload(), Payload::None);
            let connection = request.conn_data::<Rc<Connection>>().cloned();
            let answering = connection.and_then(Answering::begin);
            let answer = answering.map(|answering| (answering, Service::call(app, request)));
            async move {
                let Some((answering, answer)) = answer else {
                    return pending().await;
                };
                if has_body {
                    // If the body arrived with the head it is available afterwards, and a rejection need not end the
                    // connection.
                    yield_now().await;
                }
                Ok(answered(answering, answer.await))
            }
        });
        let http = HttpService::build()
            // The stream limits all waits.
            .keep_alive(if self.0.limits.idle.is_zero() {
                KeepAlive::Disabled
            } else {
                KeepAlive::Os
            })
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(LINGER)
            .on_connect_ext(|stream: &Stream<T>, data| {
                data.insert(Rc::clone(stream.connection()));
            })
            .finish(app);
        let places = Arc::clone(&self.0);
        apply_fn_factory(http, move |(io, peer): (T, SocketAddr), http: &_| {
            let served = places.admit(peer.ip()).map(|place| {
                let (close, io) = (place.close(), Rc::new(RefCell::new(io)));
                let stream = Stream::new(Rc::clone(&io), Connection::new(place, local));
                let connection = Rc::clone(stream.connection());
                let served = Service::call(http, (stream, Protocol::Http1, Some(peer)));
                (served, close, connection, io)
            });
            async move {
                let Some((served, close, connection, io)) = served else {
                    return Ok(());
                };
                let ended = tokio::select! {
                    // Checked first, so that no request is read that would get no response.
                    biased;
                    () = close.notified() => return Ok(()),
                    ended = served => ended,
                };
                if let (Some(io), Ok(()) | Err(DispatchError::Parse(_))) =
                    (Rc::into_inner(io), &ended)
                {
                    tokio::select! {
                        // Polled first, so that bytes that have arrived are always read.
                        biased;
                        () = linger(io.into_inner()) => {}
                        () = close.notified() => {}
                    }
                }
                // The connection keeps its place until here.
                drop(connection);
                ended
            }
        })
    }
}

/// Reads what the client still sends, for a moment: a close with unread bytes makes TCP discard what the client has not
/// read yet (RFC 9112 section 9.6).
async fn linger<T: AsyncRead + AsyncWrite + Unpin>(mut io: T) {
    let unread = async {
        io.shutdown().await?;
        copy(&mut io, &mut sink()).await
    };
    // A failure here has no effect on the client.
    let _ = timeout(LINGER, unread).await;
}

/// Builds the response, which is in progress until its last byte is passed to the connection.
fn answered<B>(answering: Answering, answer: Result<ServiceResponse<B>, Error>) -> Response<Answer>
where
    B: MessageBody + 'static,
{
    let answer = match answer {
        Ok(answer) => Response::from(answer).map_into_boxed_body(),
        Err(error) => error.into(),
    };
    answer.map_body(|head, body| {
        if answering.is_last() {
            head.set_connection_type(ConnectionType::Close);
        }
        Answer { body, _answering: answering }
    })
}

/// A response body that keeps its request in progress.
struct Answer {
    body: BoxBody,
    _answering: Answering,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
