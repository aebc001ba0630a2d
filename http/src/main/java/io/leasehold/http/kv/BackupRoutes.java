package io.leasehold.http.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.actors.kv.KvStore.RestoreMode;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.dispatch.Dispatchers;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.IOOperationIncompleteException;
import org.apache.pekko.stream.javadsl.FileIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole store as a file, and back. Files are touched on the blocking dispatcher only. */
final class BackupRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(BackupRoutes.class);
  private static final Logger AUDIT = LoggerFactory.getLogger("leasehold.audit");
  private static final ContentType LINES = ContentTypes.parse("application/x-ndjson");

  /** Each may take as much disk as {@code kv.restore.max-bytes}. */
  private static final int MAX_RESTORES = 2;

  private final KvStore store;
  private final ActorSystem<?> system;
  private final Executor blocking;
  private final Path spool;
  private final long maxBytes;
  private final Semaphore restores = new Semaphore(MAX_RESTORES);

  /**
   * @param spool a directory that is there; files of restores stand in it while they run
   * @param maxBytes of a backup that is restored
   */
  BackupRoutes(KvStore store, ActorSystem<?> system, Path spool, long maxBytes) {
    this.store = store;
    this.system = system;
    this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
    this.spool = spool;
    this.maxBytes = maxBytes;
  }

  CompletionStage<HttpResponse> backup(ApiCall call) {
    var prefix = call.query("prefix");
    Bytes bytes = Keys.prefix(call, prefix == null ? "" : prefix);
    // pages are written where they hold up no other connection
    var lines = store.backup(bytes).async(Dispatchers.DefaultDispatcherId());
    return CompletableFuture.completedFuture(
        HttpResponse.create().withEntity(HttpEntities.create(LINES, lines)));
  }

  CompletionStage<HttpResponse> restore(ApiCall call) {
    RestoreMode mode = mode(call);
    Keys.prefix(call, ""); // it may write any key
    long announced = call.request().entity().getContentLengthOption().orElse(0);
    if (announced > maxBytes) {
      throw tooLarge();
    }
    if (!restores.tryAcquire()) {
      throw new Refused(
          Problem.OVERLOADED,
          MAX_RESTORES + " backups are restored already",
          Map.of("outcome", "not_applied"));
    }
    Path file = spool.resolve("restore-" + UUID.randomUUID() + ".tmp");
    return received(call, file)
        .thenCompose(whole -> store.restore(whole, mode, Reads.writer(call)))
        .whenComplete((done, failure) -> restores.release())
        .whenCompleteAsync((done, failure) -> delete(file), blocking)
        .thenApply(done -> answer(call, mode, done));
  }

  private static RestoreMode mode(ApiCall call) {
    var asked = call.query("mode");
    if (asked == null) {
      return RestoreMode.SKIP;
    }
    for (RestoreMode mode : RestoreMode.values()) {
      if (shown(mode).equals(asked)) {
        return mode;
      }
    }
    throw new Refused(Problem.INVALID_REQUEST, "mode must be skip, overwrite or replace");
  }

  private static String shown(RestoreMode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  private CompletionStage<Path> received(ApiCall call, Path file) {
    var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return call.request()
        .entity()
        .withSizeLimit(maxBytes)
        .getDataBytes()
        .runWith(FileIO.toPath(file, options), system)
        .handle(
            (written, failure) -> {
              if (failure != null) {
                throw notReceived(failure);
              }
              return file;
            });
  }

  private RuntimeException notReceived(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof IOOperationIncompleteException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof EntityStreamSizeException) {
      return tooLarge();
    }
    if (cause instanceof IOException) {
      LOG.error("a backup cannot be spooled to {}", spool, cause);
      return Failures.unavailable("the backup cannot be written to data-dir before it is checked");
    }
    return new Refused(Problem.INVALID_REQUEST, "the backup did not come to its end");
  }

  private Refused tooLarge() {
    return new Refused(
        Problem.BODY_TOO_LARGE, "the backup exceeds kv.restore.max-bytes = " + maxBytes + " bytes");
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("{} cannot be deleted: {}", file, e.toString());
    }
  }

  private static HttpResponse answer(ApiCall call, RestoreMode mode, KvStore.Restored done) {
    if (done.badBackup() != null) {
      throw new Refused(Problem.BAD_BACKUP, done.badBackup());
    }
    AUDIT
        .atInfo()
        .addKeyValue("key_id", call.keyId())
        .addKeyValue("mode", shown(mode))
        .addKeyValue("restored", done.restored())
        .addKeyValue("complete", done.unavailable() == null)
        .addKeyValue("correlation_id", call.correlationId())
        .log("Backup restored");
    if (done.unavailable() != null) {
      throw new Refused(Problem.UNAVAILABLE, done.unavailable(), Map.of("outcome", "unknown"));
    }
    byte[] body =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeBooleanField("success", true);
              json.writeStringField("mode", shown(mode));
              json.writeNumberField("restored", done.restored());
              json.writeNumberField("skipped", done.skipped());
              json.writeNumberField("expired", done.expired());
              json.writeNumberField("total", done.total());
              json.writeEndObject();
            });
    return Answers.json(200, body, List.of());
  }
}
