package io.leasehold.app.fault;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A connection through the proxy: a pump in each direction. */
final class ProxyLink {
  private static final int CHUNK = 16 * 1024;

  private final ChaosProxy proxy;
  private final Socket caller;
  private final Socket onward;
  private final CountDownLatch pumps = new CountDownLatch(2);
  private boolean isClosed;

  ProxyLink(ChaosProxy proxy, Socket caller, Socket onward) {
    this.proxy = proxy;
    this.caller = caller;
    this.onward = onward;
  }

  /** Blocks until both directions have ended. */
  void run() throws IOException {
    caller.setTcpNoDelay(true);
    onward.setTcpNoDelay(true);
    ChaosProxy.daemon("proxy-replies", () -> pump(onward, caller, false));
    pump(caller, onward, true);
    try {
      pumps.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pump(Socket from, Socket to, boolean isRequests) {
    var bytes = new byte[CHUNK];
    try {
      int count = from.getInputStream().read(bytes);
      while (count >= 0 && passes(isRequests)) {
        to.getOutputStream().write(bytes, 0, count);
        count = from.getInputStream().read(bytes);
      }
      if (passes(isRequests)) {
        to.shutdownOutput();
      }
    } catch (IOException e) {
      close();
    } finally {
      pumps.countDown();
    }
  }

  /** Waits as long as the weather wants it; false once the connection is over. */
  private synchronized boolean passes(boolean isRequests) {
    try {
      long due = System.nanoTime() + weather().delay().toNanos();
      for (long left = 1; !isClosed && (holds(isRequests) || left > 0); ) {
        left = due - System.nanoTime();
        if (holds(isRequests)) {
          wait();
        } else if (left > 0) {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return !isClosed;
  }

  private ChaosProxy.Weather weather() {
    return proxy.weatherOf(caller.getInetAddress());
  }

  private boolean holds(boolean isRequests) {
    return isRequests ? weather().holdsRequests() : weather().holdsReplies();
  }

  synchronized void wake() {
    notifyAll();
  }

  void endRequests() {
    try {
      onward.shutdownOutput();
    } catch (IOException e) {
      close();
    }
  }

  void reset() {
    try {
      caller.setSoLinger(true, 0);
      onward.setSoLinger(true, 0);
    } catch (IOException e) {
      // closed already
    }
    close();
  }

  void close() {
    synchronized (this) {
      isClosed = true;
      notifyAll();
    }
    try (caller;
        onward) {
      // both end here, whatever the first says
    } catch (IOException e) {
      // nothing is left to be done
    }
  }
}
