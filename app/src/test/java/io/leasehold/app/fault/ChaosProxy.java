package io.leasehold.app.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * A TCP proxy that can spoil connections, all of them or those of one caller. Takes any free port.
 * Two threads per connection: for tens of connections, not thousands. Safe for any thread.
 *
 * <p>What is held is delivered when the weather clears, as TCP does after a partition heals.
 */
final class ChaosProxy implements AutoCloseable {
  private static final int CONNECT_MILLIS = 3_000;

  /**
   * What happens on the way, from now on.
   *
   * @param refuses new connections are closed at once
   * @param holdsRequests bytes from the caller stay here
   * @param holdsReplies bytes to the caller stay here
   * @param delay for each chunk of bytes, each way
   */
  record Weather(boolean refuses, boolean holdsRequests, boolean holdsReplies, Duration delay) {
    static final Weather FAIR = new Weather(false, false, false, Duration.ZERO);
    static final Weather REFUSING = new Weather(true, false, false, Duration.ZERO);
    static final Weather BLACKHOLE = new Weather(false, true, true, Duration.ZERO);
    static final Weather NO_REPLIES = new Weather(false, false, true, Duration.ZERO);

    static Weather delayed(Duration delay) {
      return new Weather(false, false, false, delay);
    }
  }

  private final ServerSocket door;
  private final Supplier<Optional<InetSocketAddress>> target;
  private final Set<ProxyLink> links = ConcurrentHashMap.newKeySet();
  private final Map<InetAddress, Weather> byCaller = new ConcurrentHashMap<>();
  private volatile Weather everywhere = Weather.FAIR;

  /**
   * @param host to bind to
   * @param target asked for each connection; while it is empty, connections are closed at once
   */
  ChaosProxy(String host, Supplier<Optional<InetSocketAddress>> target) throws IOException {
    this.target = target;
    door = new ServerSocket();
    door.bind(new InetSocketAddress(host, 0), 256);
    daemon("proxy-door", this::accept);
  }

  static void daemon(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) door.getLocalSocketAddress();
  }

  /** Connections that are open now. */
  int connections() {
    return links.size();
  }

  Weather weatherOf(InetAddress caller) {
    return byCaller.getOrDefault(caller, everywhere);
  }

  /** For every caller that has no weather of its own. */
  void weather(Weather weather) {
    everywhere = weather;
    links.forEach(ProxyLink::wake);
  }

  /** For one caller. */
  void weather(InetAddress caller, Weather weather) {
    byCaller.put(caller, weather);
    links.forEach(ProxyLink::wake);
  }

  /** Fair weather for everybody; what was held goes on. */
  void heal() {
    byCaller.clear();
    weather(Weather.FAIR);
  }

  /** Ends every connection in an orderly way, held bytes are lost. */
  void cut() {
    links.forEach(ProxyLink::close);
  }

  /** Ends every connection by RST, held bytes are lost. */
  void reset() {
    links.forEach(ProxyLink::reset);
  }

  /** Tells the target of every connection that its caller sends no more; answers still pass. */
  void endRequests() {
    links.forEach(ProxyLink::endRequests);
  }

  private void accept() {
    while (!door.isClosed()) {
      Socket caller;
      try {
        caller = door.accept();
      } catch (IOException e) {
        return; // closed
      }
      daemon("proxy-link", () -> link(caller));
    }
  }

  private void link(Socket caller) {
    Optional<InetSocketAddress> to = target.get();
    var onward = new Socket();
    var link = new ProxyLink(this, caller, onward);
    links.add(link);
    try {
      if (to.isEmpty() || door.isClosed() || weatherOf(caller.getInetAddress()).refuses()) {
        return;
      }
      onward.connect(to.get(), CONNECT_MILLIS);
      link.run();
    } catch (IOException e) {
      // the target is away: the caller sees his connection end
    } finally {
      link.close();
      links.remove(link);
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }
}
