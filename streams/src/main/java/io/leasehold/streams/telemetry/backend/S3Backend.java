package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.S3Settings;
import java.io.ByteArrayInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * Stores messages as objects of lines in a bucket of S3, or of what speaks its protocol.
 *
 * <p>A line is in one object: keys and bytes follow from the batch, which comes again as it was
 * ({@link #keepsBatches}), so that an object whose answer was lost is replaced by itself.
 *
 * <p>Up to {@value #UPLOADS} objects of a batch are under way at once. What was confirmed of a
 * batch that failed is not sent again by this process.
 */
public final class S3Backend implements Backend {
  private static final int CONCURRENCY = 4;
  private static final int UPLOADS = 4;
  private static final Set<String> CONTENT =
      Set.of("EntityTooLarge", "KeyTooLongError", "MetadataTooLarge");

  private final S3Settings settings;
  private final Duration timeout;
  private final Confirmed confirmed = new Confirmed();
  private final ThreadPoolExecutor helpers =
      new ThreadPoolExecutor(
          0,
          CONCURRENCY * (UPLOADS - 1),
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            var thread = new Thread(task, "leasehold-telemetry-s3");
            thread.setDaemon(true);
            return thread;
          });
  private final AwsConnection<S3Client> connection = new AwsConnection<>(CONTENT);

  /**
   * Not connected yet.
   *
   * @param timeout of a batch
   */
  public S3Backend(S3Settings settings, Duration timeout) {
    this.settings = settings;
    this.timeout = timeout;
  }

  @Override
  public int concurrency() {
    return CONCURRENCY;
  }

  @Override
  public boolean keepsBatches() {
    return true;
  }

  @Override
  public void open() throws BackendException, InterruptedException {
    connection.open(
        new AwsHttp(CONCURRENCY * UPLOADS, timeout),
        connections ->
            connections.client(
                S3Client.builder()
                    .serviceConfiguration(
                        S3Configuration.builder().chunkedEncodingEnabled(false).build())
                    .forcePathStyle(settings.pathStyle())
                    // others know no trailers; what is sent has a digest of its own
                    .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                    .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED),
                settings.region(),
                settings.endpoint()),
        this::look);
  }

  /** Whether the bucket is there; who may only write is not told, and need not be. */
  private void look(S3Client s3) {
    try {
      s3.headBucket(each -> each.bucket(settings.bucket()));
    } catch (AwsServiceException e) {
      if (e.statusCode() != 403) {
        throw e;
      }
    }
  }

  @Override
  public Outcome deliver(Batch batch) throws BackendException, InterruptedException {
    var upload =
        new Upload(connection.client(), S3Objects.of(batch, settings), confirmed.of(batch));
    SdkException why = upload.all();
    if (why != null) {
      throw connection.failure(why);
    }
    confirmed.forget(batch);
    return Outcome.CONFIRMED;
  }

  /** The objects of one batch, drawn by several threads until there are none or one has failed. */
  private final class Upload {
    private final S3Client s3;
    private final List<S3Objects.Entry> objects;
    private final Map<Integer, List<Refusal>> stored;
    private final AtomicInteger next = new AtomicInteger();
    private volatile @Nullable SdkException failure;
    private volatile boolean stopped;

    Upload(S3Client s3, List<S3Objects.Entry> objects, Map<Integer, List<Refusal>> stored) {
      this.s3 = s3;
      this.objects = objects;
      this.stored = stored;
    }

    /** Returns why some are not stored, null if all are. */
    @Nullable SdkException all() throws InterruptedException {
      int others = Math.min(UPLOADS, objects.size() - stored.size()) - 1;
      var running = new CountDownLatch(Math.max(0, others));
      try {
        for (int i = 0; i < others; i++) {
          help(running);
        }
        some();
        running.await();
      } finally {
        stopped = true; // an interrupted one leaves the others to their next object
      }
      return failure;
    }

    private void help(CountDownLatch running) {
      try {
        helpers.execute(
            () -> {
              try {
                some();
              } finally {
                running.countDown();
              }
            });
      } catch (RejectedExecutionException e) { // too many, or closed: it goes without
        running.countDown();
      }
    }

    private void some() {
      int index = next.getAndIncrement();
      while (index < objects.size() && !stopped) {
        try {
          if (!stored.containsKey(index)) {
            put(objects.get(index));
            stored.put(index, List.of());
          }
        } catch (SdkException e) {
          failure = e;
          stopped = true;
        } catch (RuntimeException e) {
          failure = SdkException.create("unexpected: " + e, e);
          stopped = true;
        }
        index = next.getAndIncrement();
      }
    }

    private void put(S3Objects.Entry object) {
      byte[] bytes = object.bytes();
      String type = settings.gzip() ? "application/gzip" : "application/x-ndjson";
      s3.putObject(
          PutObjectRequest.builder()
              .bucket(settings.bucket())
              .key(object.key())
              .contentType(type)
              .contentMD5(Base64.getEncoder().encodeToString(digest("MD5", bytes)))
              .metadata(
                  Map.of(
                      "count",
                      Integer.toString(object.count()),
                      "sha256",
                      HexFormat.of().formatHex(digest("SHA-256", bytes))))
              .build(),
          // not copied, unlike by fromBytes
          RequestBody.fromContentProvider(
              () -> new ByteArrayInputStream(bytes), bytes.length, type));
    }
  }

  private static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) { // every platform has both
      throw new IllegalStateException(e);
    }
  }

  /** Closes the connections; whether what was under way is stored is unknown then. */
  @Override
  public void abort() {
    connection.abort();
  }

  @Override
  public void close() {
    connection.release();
    helpers.shutdown();
  }
}
