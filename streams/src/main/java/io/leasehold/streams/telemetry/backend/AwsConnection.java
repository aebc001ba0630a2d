package io.leasehold.streams.telemetry.backend;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * The client of a service with its connections, from one opening to the next. {@link #abort} is for
 * any thread; opening and releasing are for one.
 *
 * @param <C> the client
 */
final class AwsConnection<C extends SdkAutoCloseable> {
  private final Set<String> content;
  private volatile @Nullable AwsHttp http;
  private volatile @Nullable C client;

  /** How a client is made. */
  interface Maker<C> {
    C make(AwsHttp connections) throws BackendException;
  }

  /** What is done with it first. */
  interface Work<C> {
    void with(C client) throws BackendException;
  }

  /**
   * Not open yet.
   *
   * @param content codes with which the service speaks of what is in the batch
   */
  AwsConnection(Set<String> content) {
    this.content = content;
  }

  /** Opens it anew; if the first work fails, it is closed again. */
  void open(AwsHttp connections, Maker<C> maker, Work<C> first)
      throws BackendException, InterruptedException {
    release();
    http = connections; // from here on it can be broken off
    try {
      C made = maker.make(connections);
      client = made;
      first.with(made);
    } catch (RuntimeException e) {
      BackendException why = failure(sdk(e));
      release();
      throw why;
    } catch (BackendException e) {
      release();
      throw e;
    }
  }

  /**
   * The client.
   *
   * @throws BackendException if it is not open
   */
  C client() throws BackendException {
    C open = client;
    if (open == null) {
      throw BackendException.retryable("connection", "not open", null).reopening();
    }
    return open;
  }

  /** As {@link AwsErrors#sdk}, with these connections. */
  SdkException sdk(RuntimeException failure) {
    return AwsErrors.sdk(failure, isClosed());
  }

  /** As {@link AwsErrors#of}; whoever closed the connections has to open them. */
  BackendException failure(SdkException e) throws InterruptedException {
    BackendException why = AwsErrors.of(e, content);
    return isClosed() ? why.reopening() : why;
  }

  private boolean isClosed() {
    AwsHttp used = http;
    return used == null || used.isClosed();
  }

  /** Closes the connections; whether what was under way is stored is unknown then. */
  void abort() {
    AwsHttp open = http;
    if (open != null) {
      open.close();
    }
  }

  /** Closes everything. */
  void release() {
    C made = client;
    AwsHttp open = http;
    client = null;
    http = null;
    if (made != null) {
      made.close();
    }
    if (open != null) {
      open.close();
    }
  }
}
