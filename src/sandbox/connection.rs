//! Connections that can be cut: in front of an answer, or in the middle of it.
//!
//! hyper knows no such thing, since no proper server does it; so the cut is below it, in the stream.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A listener whose connections can be cut.
pub(super) struct Socket(pub TcpListener);

/// One connection.
pub(super) struct Connection {
    stream: TcpStream,
    cutter: Cutter,
}

/// Cuts one connection; handed to its requests.
#[derive(Clone)]
pub(super) struct Cutter(Arc<Cut>);

struct Cut {
    /// Bytes that may still be written; `usize::MAX` without a cut.
    left: AtomicUsize,
    reset: AtomicBool,
}

impl Cutter {
    /// Lets this many more bytes out, then ends the connection: with a reset, or as if it closed.
    pub(super) fn cut(&self, after: usize, reset: bool) {
        self.0.reset.store(reset, Ordering::Relaxed);
        self.0.left.store(after, Ordering::Release);
    }

    fn left(&self) -> usize {
        self.0.left.load(Ordering::Acquire)
    }
}

impl Listener for Socket {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, addr)) => {
                    // Only speed hangs on it.
                    drop(stream.set_nodelay(true));
                    let cut =
                        Cut { left: AtomicUsize::new(usize::MAX), reset: AtomicBool::new(false) };
                    return (Connection { stream, cutter: Cutter(Arc::new(cut)) }, addr);
                }
                // Out of file descriptors, most likely: they come back.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Socket>> for Cutter {
    fn connect_info(stream: IncomingStream<'_, Socket>) -> Self {
        stream.io().cutter.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let left = self.cutter.left();
        if left == usize::MAX {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        if left == 0 {
            if self.cutter.0.reset.load(Ordering::Relaxed) {
                // Without it the client only sees a connection that closed.
                drop(self.stream.set_zero_linger());
            }
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let allowed = &bytes[..bytes.len().min(left)];
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, allowed))?;
        self.cutter.0.left.store(left - written, Ordering::Release);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
