//! Sockets around the handler: starting, serving, stopping; on the caller's runtime or on a thread of
//! its own.
//!
//! The handler works where the request came in: one request at a time is what SQLite does anyway.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::call::Call;
use super::config::{Config, SandboxError};
use super::connection::{Cutter, Socket};
use super::handler::Handler;
use super::reply::{Ending, Reply};
use super::sample;
use super::seed::{self, SeedContact};

/// The largest body that is read at all, whatever the limits say.
const LARGEST_BODY: usize = 256 << 20;

/// Bytes of an answer's head, a little less than it really has, so that a cut falls into the body.
const HEAD: usize = 100;

/// A sandbox on the caller's runtime. It stops when asked to, or when dropped.
pub struct Running {
    addr: SocketAddr,
    handler: Arc<Handler>,
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Fills the store from the seed files, listens and serves.
pub async fn start(config: Config) -> Result<Running, SandboxError> {
    if !config.bind.ip().is_loopback() {
        return Err(SandboxError::NotLoopback(config.bind));
    }
    let handler = Arc::new(Handler::open(&config)?);
    handler.with_store(|db| {
        seed::files(db, &config.seed, false)?;
        seed::files(db, &config.seed_lists, true)?;
        if config.sample {
            sample::fill(db, jiff::Timestamp::now())?;
        }
        Ok::<_, SandboxError>(())
    })?;
    let unbound = |source| SandboxError::Bind { bind: config.bind, source };
    let listener = TcpListener::bind(config.bind).await.map_err(unbound)?;
    let addr = listener.local_addr().map_err(unbound)?;
    let (closing, closed) = watch::channel(false);
    let service = Router::new()
        .fallback(serve)
        .with_state(Front { handler: Arc::clone(&handler), closed: closed.clone() })
        .into_make_service_with_connect_info::<Cutter>();
    let server =
        axum::serve(Socket(listener), service).with_graceful_shutdown(until_closed(closed));
    let task = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the sandbox stopped");
        }
    });
    Ok(Running { addr, handler, closing, task })
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops: requests in hand get their answers, slow ones at once, hanging ones none.
    pub async fn stop(mut self) {
        self.closing.send_replace(true);
        if tokio::time::timeout(Duration::from_secs(2), &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// A sandbox on a thread and a runtime of its own. It stops when asked to, or when dropped.
pub struct Thread {
    addr: SocketAddr,
    handler: Arc<Handler>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<std::thread::JoinHandle<()>>,
}

impl Thread {
    /// As [`start`], from anywhere.
    pub fn start(config: Config) -> Result<Self, SandboxError> {
        let (started, has_started) = std::sync::mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("sandbox".into())
            .spawn(move || run(config, &started, stopped))
            .map_err(SandboxError::System)?;
        let (addr, handler) = has_started.recv().unwrap_or_else(|_| {
            Err(SandboxError::System(std::io::Error::other("its thread ended")))
        })?;
        Ok(Self { addr, handler, stop: Some(stop), running: Some(thread) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Adds contacts that the store does not have; answers how many. Memory does not grow with
    /// their number. Requests wait meanwhile.
    pub fn seed_contacts(
        &self,
        seeds: impl IntoIterator<Item = SeedContact>,
    ) -> Result<u64, SandboxError> {
        self.handler.with_store(|db| seed::contacts(db, seeds))
    }

    /// Adds contact lists that the store does not have; answers how many.
    pub fn seed_lists(&self, ids: impl IntoIterator<Item = String>) -> Result<u64, SandboxError> {
        self.handler.with_store(|db| seed::list_ids(db, ids))
    }

    /// Stops and waits for the end.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have stopped by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.running.take() {
            drop(thread.join());
        }
    }
}

type Started = Result<(SocketAddr, Arc<Handler>), SandboxError>;

fn run(
    config: Config,
    started: &std::sync::mpsc::SyncSender<Started>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return drop(started.send(Err(SandboxError::System(error)))),
    };
    runtime.block_on(async {
        match start(config).await {
            Ok(running) => {
                drop(started.send(Ok((running.addr, Arc::clone(&running.handler)))));
                // An error means that the handle is gone, which stops as well.
                drop(stopped.await);
                running.stop().await;
            }
            Err(error) => drop(started.send(Err(error))),
        }
    });
}

#[derive(Clone)]
struct Front {
    handler: Arc<Handler>,
    closed: watch::Receiver<bool>,
}

async fn serve(
    State(front): State<Front>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return respond(Reply::html(413), &cutter);
    };
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    if call.path.starts_with("/sandbox/") {
        let reply = front.handler.look(&call.path, &call.query);
        return respond(reply, &cutter);
    }
    let reply = front.clone().answer(call).await;
    let delay = if reply.ending == Ending::Hang { Duration::MAX } else { reply.delay };
    front.pause(delay).await;
    respond(reply, &cutter)
}

impl Front {
    async fn answer(self, call: Call) -> Reply {
        let arrival = self.handler.arrive();
        let Some(delay) = self.handler.delay_before(&call, arrival) else {
            return self.handler.answer(&call, arrival);
        };
        // A task of its own: a server goes on working for a client that has hung up.
        let late = tokio::spawn(async move {
            self.pause(delay).await;
            self.handler.answer(&call, arrival)
        });
        late.await.unwrap_or_else(|_| Reply::silence(Ending::Closed))
    }

    /// Waits, but not longer than the server lives.
    async fn pause(&self, delay: Duration) {
        if !delay.is_zero() {
            drop(tokio::time::timeout(delay, until_closed(self.closed.clone())).await);
        }
    }
}

async fn until_closed(mut closed: watch::Receiver<bool>) {
    // An error means that the handle was dropped: closed as well.
    drop(closed.wait_for(|closed| *closed).await);
}

fn respond(reply: Reply, cutter: &Cutter) -> Response {
    match reply.ending {
        Ending::Whole => {}
        Ending::Cut => cutter.cut(HEAD + reply.body.len() / 2, false),
        Ending::Closed | Ending::Hang => cutter.cut(0, false),
        Ending::Reset => cutter.cut(0, true),
    }
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if let Some(value) = reply.retry_after.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(RETRY_AFTER, value);
    }
    response
}
