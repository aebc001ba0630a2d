package io.leasehold.http.kv.redis;

import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Opened;
import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.KeyRules;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * What happens in instances, as streams of server-sent events. A stream ends when its key does not
 * open it any more, or its instance is gone, within a second of the change. Safe for any thread.
 */
public final class EventStreams implements AutoCloseable {
  private static final ContentType EVENTS = ContentTypes.parse("text/event-stream");

  /** A stream ends then, and its reader connects again: timers reach no further than 248 days. */
  private static final Duration LONGEST = Duration.ofDays(100);

  /**
   * What streams may cost.
   *
   * @param patience a stream is open within it, or refused
   * @param heartbeat how often a stream without events shows that it is alive
   */
  public record Setup(
      boolean enabled, int maxPerKey, int maxPerNode, Duration heartbeat, Duration patience) {}

  /**
   * A stream that somebody wants.
   *
   * @param events of the instance
   * @param command name first, then channels or patterns
   */
  record Wanted(
      RequestForm form,
      KeyGrant grant,
      String token,
      UUID instance,
      InstanceEvents events,
      String userAgent,
      List<Bytes> command) {
    List<Bytes> channels() {
      return command.subList(1, command.size());
    }

    KeyRules.@Nullable Denied denied(KeyGrant by) {
      return form == RequestForm.MONITOR
          ? KeyRules.monitor(by)
          : KeyRules.subscribe(by, form == RequestForm.PSUBSCRIBE, channels());
    }

    Interest interest() {
      Set<Bytes> names = new LinkedHashSet<>(channels());
      return switch (form) {
        case SUBSCRIBE -> new Interest(names, Set.of(), false);
        case PSUBSCRIBE -> new Interest(Set.of(), names, false);
        default -> new Interest(Set.of(), Set.of(), true);
      };
    }
  }

  private final Setup setup;
  private final ActorSystem<?> system;
  private final InstanceEvents embedded;
  private final KeyDirectory keys;
  private final InstanceDirectory instances;
  private final Denials denials;
  private final Clock clock;
  private final StreamBook book;
  private final ConcurrentHashMap<StreamBook.Place, Wanted> wanted = new ConcurrentHashMap<>();
  private final List<Runnable> listening;

  /**
   * None yet.
   *
   * @param embedded what happens in embedded instances
   */
  public EventStreams(
      Setup setup,
      ActorSystem<?> system,
      InstanceEvents embedded,
      KeyDirectory keys,
      InstanceDirectory instances,
      Denials denials,
      Clock clock) {
    this.setup = setup;
    this.system = system;
    this.embedded = embedded;
    this.keys = keys;
    this.instances = instances;
    this.denials = denials;
    this.clock = clock;
    this.book = new StreamBook(setup.maxPerKey(), setup.maxPerNode());
    this.listening =
        List.of(keys.onChange(this::keyChanged), instances.onChange(this::instanceChanged));
  }

  /** Adds its families to {@code registry}. */
  public EventStreams register(CollectorRegistry registry) {
    book.register(registry);
    return this;
  }

  /** What happens in embedded instances. */
  InstanceEvents ofEmbedded() {
    return embedded;
  }

  /** Opens a stream, whose key, instance and limit have been looked at. */
  CompletionStage<HttpResponse> open(Wanted stream) {
    if (!setup.enabled()) {
      throw new GatewayRefusal(501, "ERR event streams are switched off");
    }
    String name = stream.command().get(0).text();
    boolean fits = stream.form() == RequestForm.MONITOR ^ !stream.channels().isEmpty();
    if (!fits) {
      throw GatewayRefusal.malformed(
          "wrong number of arguments for '"
              + stream.form().name().toLowerCase(Locale.ROOT)
              + "' command");
    }
    KeyRules.Denied denied = stream.denied(stream.grant());
    if (denied != null) {
      String text = KeyRules.text(denied, name);
      denials.forbidden(stream.grant(), stream.userAgent(), text);
      throw new GatewayRefusal(403, text);
    }
    var place = book.reserve(stream.form(), stream.grant().id(), stream.instance());
    if (place == null) {
      throw GatewayRefusal.unavailable("there are too many event streams");
    }
    // looked at again: the stream has to end with the key, also if that ended just now
    return keys.check(stream.token())
        .thenCompose(verdict -> open(stream, place, verdict))
        .whenComplete(
            (response, failure) -> {
              if (failure != null) {
                place.leave();
              }
            });
  }

  private CompletionStage<HttpResponse> open(
      Wanted stream, StreamBook.Place place, KeyVerdict verdict) {
    if (!(verdict instanceof KeyVerdict.Valid valid)) {
      return CompletableFuture.failedFuture(
          verdict instanceof KeyVerdict.Unavailable away
              ? GatewayRefusal.unavailable(away.cause())
              : new GatewayRefusal(401, "Invalid or expired API key"));
    }
    var queue = new StreamQueue(book::dropped);
    Source<ByteString, ?> texts = queue.materialize(system);
    wanted.put(place, stream);
    queue.whenOver(
        () -> {
          wanted.remove(place);
          place.leave();
        });
    place.enter(queue::end);
    queue.offer(StreamText.opening(stream.form(), stream.channels()));
    return stream
        .events()
        .open(stream.instance(), stream.interest(), queue, setup.patience())
        .thenApply(
            opened -> {
              if (opened instanceof Opened.Refused refused) {
                queue.end();
                throw refused.byRedis()
                    ? new GatewayRefusal(400, refused.cause())
                    : GatewayRefusal.unavailable(refused.cause());
              }
              queue.whenOver(((Opened.Open) opened).stream()::close);
              return HttpResponse.create()
                  .withEntity(HttpEntities.create(EVENTS, told(texts, valid)));
            });
  }

  private Source<ByteString, ?> told(Source<ByteString, ?> texts, KeyVerdict.Valid valid) {
    Duration left = Duration.between(Instant.ofEpochMilli(clock.wallMillis()), valid.expiresAt());
    return texts
        .keepAlive(setup.heartbeat(), () -> StreamText.PING)
        .takeWithin(left.compareTo(LONGEST) > 0 ? LONGEST : left);
  }

  private void keyChanged(UUID key) {
    for (StreamBook.Place place : book.which(each -> each.key.equals(key))) {
      Wanted stream = wanted.get(place);
      if (stream != null) {
        keys.check(stream.token())
            .thenAccept(
                verdict -> {
                  if (verdict instanceof KeyVerdict.Refused
                      || (verdict instanceof KeyVerdict.Valid valid
                          && !opens(valid.grant(), stream))) {
                    book.end(place);
                  }
                });
      }
    }
  }

  private static boolean opens(KeyGrant grant, Wanted stream) {
    boolean confined = !grant.instances().isEmpty();
    return stream.denied(grant) == null
        && (!confined || grant.instances().contains(stream.instance()));
  }

  private void instanceChanged(UUID instance) {
    for (StreamBook.Place place : book.which(each -> each.instance.equals(instance))) {
      instances
          .find(instance)
          .thenAccept(
              found -> {
                if (found instanceof Found.Missing) {
                  book.end(place);
                }
              });
    }
  }

  /** Ends all streams, and those that are about to begin. */
  @Override
  public void close() {
    listening.forEach(Runnable::run);
    book.close();
  }
}
