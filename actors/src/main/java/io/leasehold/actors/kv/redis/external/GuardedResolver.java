package io.leasehold.actors.kv.redis.external;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Looks names up whenever something is connected to, and gives out no address that must not be
 * connected to: a name that is harmless when it is registered may point elsewhere later. Safe for
 * any thread; waits for names on threads of its own.
 */
final class GuardedResolver extends AddressResolverGroup<InetSocketAddress> {
  private final Networks networks;
  private final Executor lookups;

  /** An address that must not be connected to. */
  static final class Denied extends IOException {
    private static final long serialVersionUID = 1;

    Denied(String message) {
      super(message);
    }
  }

  /**
   * @param lookups may wait
   */
  GuardedResolver(Networks networks, Executor lookups) {
    this.networks = networks;
    this.lookups = lookups;
  }

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor loop) {
    return new InetSocketAddressResolver(
        loop,
        new InetNameResolver(loop) {
          @Override
          protected void doResolve(String host, Promise<InetAddress> promise) {
            lookUp(host, promise, addresses -> promise.trySuccess(addresses.get(0)));
          }

          @Override
          protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
            lookUp(host, promise, promise::trySuccess);
          }
        });
  }

  private interface Found {
    void take(List<InetAddress> addresses);
  }

  private void lookUp(String host, Promise<?> promise, Found found) {
    try {
      lookups.execute(
          () -> {
            try {
              found.take(allowed(host));
            } catch (IOException | RuntimeException e) {
              promise.tryFailure(e);
            }
          });
    } catch (RejectedExecutionException e) {
      promise.tryFailure(new IOException("too many names are looked up at the moment"));
    }
  }

  /** At least one. */
  private List<InetAddress> allowed(String host) throws IOException {
    var allowed = new ArrayList<InetAddress>();
    String why = "";
    InetAddress[] all;
    try {
      all = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw new IOException(host + ": no such host", e);
    }
    for (InetAddress each : all) {
      String whyNot = networks.whyNot(each);
      if (whyNot == null) {
        allowed.add(each);
      } else {
        why = whyNot;
      }
    }
    if (allowed.isEmpty()) {
      throw new Denied(host + ": " + why);
    }
    return allowed;
  }
}
