package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.CommandHandler;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DnsResolver;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.SocketAddressResolver;
import io.netty.channel.Channel;
import io.netty.util.Timeout;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to external instances, with two threads for all of them. A connection counts when it
 * answers a PING. Safe for any thread; nothing blocks but closing.
 */
final class Connector implements AutoCloseable {
  /** For TCP, TLS, login and the choice of the database. */
  static final Duration CONNECT = Duration.ofSeconds(2);

  static final Duration PONG = Duration.ofSeconds(1);
  private static final int IO_THREADS = 2;
  private static final int MAX_LOOKUPS = 256;
  private static final long MIB = 1L << 20;
  private static final List<Bytes> PING = List.of(Bytes.utf8("PING"));

  /** A host that went away without a word is noticed, also where nothing is ever asked. */
  private static final SocketOptions.KeepAliveOptions KEEP_ALIVE =
      SocketOptions.KeepAliveOptions.builder()
          .enable()
          .idle(Duration.ofSeconds(15))
          .interval(Duration.ofSeconds(5))
          .count(3)
          .build();

  private final ClientResources resources;
  private final RedisClient client;
  private final ThreadPoolExecutor lookups;
  private final Deadlines deadlines;
  private final long maxReply;

  /**
   * @param maxReply bytes of one reply
   * @param executor does what takes longer than a thread of the connections has
   */
  Connector(Networks networks, long maxReply, Executor executor) {
    this.maxReply = maxReply;
    lookups =
        new ThreadPoolExecutor(
            2,
            2,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_LOOKUPS),
            task -> {
              var thread = new Thread(task, "leasehold-gateway-names");
              thread.setDaemon(true);
              return thread;
            });
    lookups.allowCoreThreadTimeOut(true);
    resources =
        ClientResources.builder()
            .ioThreadPoolSize(IO_THREADS)
            .computationThreadPoolSize(2) // the least it takes; nothing of ours runs there
            .socketAddressResolver(SocketAddressResolver.create(DnsResolver.unresolved()))
            .addressResolverGroup(new GuardedResolver(networks, lookups))
            .commandLatencyRecorder(CommandLatencyRecorder.disabled())
            .nettyCustomizer(
                new NettyCustomizer() {
                  @Override
                  public void afterChannelInitialized(Channel channel) {
                    var pipeline = channel.pipeline();
                    pipeline.addBefore( // behind TLS
                        pipeline.context(CommandHandler.class).name(),
                        "replies",
                        new ReplyScanner(2 * maxReply + MIB));
                    pipeline.addBefore(
                        pipeline.context(CommandHandler.class).name(),
                        "handover",
                        Handover.INSTANCE);
                  }
                })
            .build();
    client = RedisClient.create(resources);
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false) // would send again what it had sent
            .protocolVersion(ProtocolVersion.RESP2)
            .pingBeforeActivateConnection(false) // we do, with a time of its own
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .timeoutOptions(TimeoutOptions.create()) // none: each request has a time of its own
            .socketOptions(
                SocketOptions.builder()
                    .connectTimeout(CONNECT)
                    .keepAlive(KEEP_ALIVE)
                    .tcpNoDelay(true)
                    .build())
            .sslOptions(SslOptions.builder().jdkSslProvider().handshakeTimeout(CONNECT).build())
            .build());
    deadlines = new Deadlines(resources.timer(), executor);
  }

  Deadlines deadlines() {
    return deadlines;
  }

  /**
   * Connects, in one try.
   *
   * @param password in clear, null = no login
   */
  CompletionStage<Link> connect(ExternalRedis where, @Nullable String password) {
    RedisURI.Builder uri =
        RedisURI.builder()
            .withHost(where.host())
            .withPort(where.port())
            .withDatabase(where.database())
            .withSsl(where.tls())
            .withTimeout(CONNECT);
    if (where.tls()) {
      uri.withVerifyPeer(SslVerifyMode.FULL); // the chain and the name of the host
    }
    if (password != null) {
      String username = where.username();
      if (username == null) {
        uri.withPassword(password.toCharArray());
      } else {
        uri.withAuthentication(username, password.toCharArray());
      }
    }
    var result = new CompletableFuture<Link>();
    Timeout timeout =
        deadlines.in(
            CONNECT,
            () ->
                result.completeExceptionally(
                    new IOException("no connection within " + CONNECT.toMillis() + " ms")));
    CompletionStage<StatefulRedisConnection<byte[], byte[]>> connecting =
        client.connectAsync(ByteArrayCodec.INSTANCE, uri.build());
    connecting.whenComplete(
        (connection, failure) -> {
          timeout.cancel();
          if (connection == null) {
            result.completeExceptionally(failure);
          } else {
            ping(connection, result);
          }
        });
    return result;
  }

  private void ping(
      StatefulRedisConnection<byte[], byte[]> connection, CompletableFuture<Link> result) {
    var link = new Link(connection, maxReply);
    Timeout timeout =
        deadlines.in(
            PONG,
            () ->
                result.completeExceptionally(
                    new IOException("no answer to PING within " + PONG.toMillis() + " ms")));
    CompletionStage<Link> ended = result;
    ended.whenComplete(
        (taken, failure) -> {
          timeout.cancel();
          if (failure != null) {
            link.close();
          }
        });
    if (result.isDone()) {
      return; // too late
    }
    link.send(
        PING,
        new Link.Answers() {
          @Override
          public void answered(int index, Reply reply) {
            if (reply.equals(new Reply.Simple("PONG"))) {
              result.complete(link);
            } else {
              String text = reply instanceof Reply.Failure no ? no.text() : "no PONG to a PING";
              result.completeExceptionally(new IOException(text));
            }
          }

          @Override
          public void failed(int index, Throwable failure) {
            result.completeExceptionally(failure);
          }
        });
  }

  /** Hangs up everywhere. Waits a second or two. */
  @Override
  public void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
    lookups.shutdownNow();
  }
}
