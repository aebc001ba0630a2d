package io.leasehold.actors.access.account;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.leasehold.domain.access.account.AccountRules;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hashes and compares passwords, which is slow on purpose: on two threads of its own, behind a
 * queue of 64. Safe for any thread.
 */
public final class Passwords implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int MAX_WAITING = 64;

  private final int cost;

  /** Compared with when there is no user: the answer must not come sooner. */
  private final String nobodys;

  private final ThreadPoolExecutor workers =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          1,
          TimeUnit.MINUTES,
          new ArrayBlockingQueue<>(MAX_WAITING),
          task -> {
            var thread = new Thread(task, "leasehold-passwords");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Blocking, as long as one hash takes.
   *
   * @param cost logarithm of the rounds, 4..31
   */
  public Passwords(int cost) {
    this.cost = cost;
    this.nobodys = hashed("nobody's password");
    workers.allowCoreThreadTimeOut(true);
  }

  private String hashed(String password) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    return new String(BCrypt.withDefaults().hash(cost, bytes), StandardCharsets.US_ASCII);
  }

  /** The hash of a password of at most 72 bytes; refused if too many wait. */
  CompletionStage<Outcome<String>> hash(String password) {
    return submit(() -> hashed(password));
  }

  /**
   * Whether it is the password; takes as long if there is none.
   *
   * @param hash null: never true
   */
  CompletionStage<Outcome<Boolean>> isRight(String password, @Nullable String hash) {
    return submit(
        () -> {
          byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
          boolean tooLong = bytes.length > AccountRules.MAX_PASSWORD_BYTES;
          byte[] compared = tooLong ? Arrays.copyOf(bytes, AccountRules.MAX_PASSWORD_BYTES) : bytes;
          byte[] with = (hash == null ? nobodys : hash).getBytes(StandardCharsets.US_ASCII);
          return BCrypt.verifyer().verify(compared, with).verified && hash != null && !tooLong;
        });
  }

  private <T> CompletionStage<Outcome<T>> submit(Supplier<T> task) {
    try {
      return CompletableFuture.supplyAsync(task, workers).thenApply(Outcome::done);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(
          new Outcome.Refused<>(
              Outcome.Reason.UNAVAILABLE, "Too many passwords wait to be checked", 1));
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }
}
