package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.CloudwatchSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.PutLogEventsRequest;
import software.amazon.awssdk.services.cloudwatchlogs.model.PutLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.RejectedLogEventsInfo;
import software.amazon.awssdk.services.cloudwatchlogs.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.cloudwatchlogs.model.ResourceNotFoundException;

/**
 * Puts messages as events into streams of CloudWatch Logs, one request at a time.
 *
 * <p>The service has no means to tell an event that comes again: a request whose answer was lost is
 * there twice. What was confirmed of a batch that failed is not sent again by this process.
 */
public final class CloudwatchBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final Set<String> CONTENT =
      Set.of("InvalidParameterException", "SerializationException", "ValidationException");

  private final CloudwatchSettings settings;
  private final Duration timeout;
  private final Confirmed confirmed = new Confirmed();
  private final AwsConnection<CloudWatchLogsClient> connection = new AwsConnection<>(CONTENT);

  /**
   * Not connected yet.
   *
   * @param timeout of a batch
   */
  public CloudwatchBackend(CloudwatchSettings settings, Duration timeout) {
    this.settings = settings;
    this.timeout = timeout;
  }

  @Override
  public void open() throws BackendException, InterruptedException {
    connection.open(
        new AwsHttp(1, timeout),
        connections ->
            connections.client(
                CloudWatchLogsClient.builder(), settings.region(), settings.endpoint()),
        logs -> {
          if (settings.create()) {
            createGroup(logs);
          }
        });
  }

  /** Who may not make groups need not, as long as ours is there. */
  private void createGroup(CloudWatchLogsClient logs) {
    try {
      logs.createLogGroup(each -> each.logGroupName(settings.logGroup()));
      LOG.info("cloudwatch: log group {} was made", settings.logGroup());
    } catch (ResourceAlreadyExistsException e) {
      LOG.debug("cloudwatch: log group {} is there", settings.logGroup());
    } catch (AwsServiceException e) {
      if (!AwsErrors.code(e).equals("AccessDeniedException")) {
        throw e;
      }
      LOG.debug("cloudwatch: {}", e.toString());
    }
  }

  private void createStream(CloudWatchLogsClient logs, String stream) {
    try {
      logs.createLogStream(each -> each.logGroupName(settings.logGroup()).logStreamName(stream));
    } catch (ResourceAlreadyExistsException e) {
      LOG.debug("cloudwatch: log stream {} is there", stream);
    } catch (ResourceNotFoundException e) { // the group was deleted meanwhile
      createGroup(logs);
      logs.createLogStream(each -> each.logGroupName(settings.logGroup()).logStreamName(stream));
    }
  }

  @Override
  public Outcome deliver(Batch batch) throws BackendException, InterruptedException {
    CloudWatchLogsClient logs = connection.client();
    var split = new CloudwatchRequests(batch, settings);
    Map<Integer, List<Refusal>> done = confirmed.of(batch);
    List<CloudwatchRequests.Request> requests = split.requests();
    for (int i = 0; i < requests.size(); i++) {
      if (!done.containsKey(i)) {
        List<Refusal> refused = new ArrayList<>();
        put(logs, requests.get(i).stream(), requests.get(i).events(), refused);
        done.put(i, refused);
      }
    }
    confirmed.forget(batch);
    List<Refusal> all = new ArrayList<>(split.tooBig());
    done.values().forEach(all::addAll);
    return all.isEmpty() ? Outcome.CONFIRMED : new Outcome(all);
  }

  /** Halves a request whose content is refused, here: the rest of the batch is not sent again. */
  private void put(
      CloudWatchLogsClient logs,
      String stream,
      List<CloudwatchRequests.Event> events,
      List<Refusal> refused)
      throws BackendException, InterruptedException {
    try {
      refused.addAll(rejected(send(logs, stream, events), events));
    } catch (RuntimeException failure) {
      SdkException e = connection.sdk(failure);
      BackendException why = connection.failure(e);
      if (AwsErrors.codeOf(e).equals("DataAlreadyAcceptedException")) {
        return; // they are there
      }
      if (why.kind() != BackendException.Kind.DATA) {
        throw why;
      }
      if (events.size() == 1) {
        refused.add(
            Refusal.deadLetter(
                events.get(0).index(), DeadLetters.Reason.DATA_ERROR, AwsErrors.text(e)));
        return;
      }
      int half = events.size() / 2;
      put(logs, stream, events.subList(0, half), refused);
      put(logs, stream, events.subList(half, events.size()), refused);
    }
  }

  private PutLogEventsResponse send(
      CloudWatchLogsClient logs, String stream, List<CloudwatchRequests.Event> events) {
    PutLogEventsRequest request =
        PutLogEventsRequest.builder()
            .logGroupName(settings.logGroup())
            .logStreamName(stream)
            .logEvents(events.stream().map(CloudwatchRequests.Event::made).toList())
            .build();
    try {
      return logs.putLogEvents(request);
    } catch (ResourceNotFoundException e) {
      if (!settings.create()) {
        throw e;
      }
      createStream(logs, stream);
      return logs.putLogEvents(request);
    }
  }

  /** What the service names, by positions in a request that is in the order of time. */
  private static List<Refusal> rejected(
      PutLogEventsResponse answer, List<CloudwatchRequests.Event> events) {
    RejectedLogEventsInfo info = answer.rejectedLogEventsInfo();
    List<Refusal> refused = new ArrayList<>();
    if (info == null) {
      return refused;
    }
    int expired = end(info.expiredLogEventEndIndex(), 0);
    int old = end(info.tooOldLogEventEndIndex(), 0);
    int fresh = end(info.tooNewLogEventStartIndex(), events.size());
    for (int i = 0; i < events.size(); i++) {
      String why =
          i < expired
              ? "older than the retention of the log group"
              : i < old ? "more than 14 days old" : i >= fresh ? "more than 2 hours ahead" : null;
      if (why != null) {
        refused.add(Refusal.deadLetter(events.get(i).index(), DeadLetters.Reason.DATA_ERROR, why));
      }
    }
    return refused;
  }

  private static int end(@Nullable Integer index, int standard) {
    return index == null ? standard : index;
  }

  /** Closes the connection; whether what was under way is stored is unknown then. */
  @Override
  public void abort() {
    connection.abort();
  }

  @Override
  public void close() {
    connection.release();
  }
}
