package io.leasehold.http.access;

import io.leasehold.domain.async.AtOnce;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of a connection, one after the other, as {@code mapAsync(1)} does, but
 * without making a future of the library of every answer: one that is there goes on at once, and
 * one that is not takes a single message. A failure ends the connection. Immutable; safe for any
 * thread.
 */
final class AnswerStage extends GraphStage<FlowShape<HttpRequest, HttpResponse>> {
  private final Inlet<HttpRequest> requests = Inlet.create("Answer.requests");
  private final Outlet<HttpResponse> answers = Outlet.create("Answer.answers");
  private final FlowShape<HttpRequest, HttpResponse> shape = FlowShape.of(requests, answers);
  private final Function<HttpRequest, CompletionStage<HttpResponse>> handler;

  /**
   * @param handler called in the thread of the connection: must not block
   */
  AnswerStage(Function<HttpRequest, CompletionStage<HttpResponse>> handler) {
    this.handler = handler;
  }

  @Override
  public FlowShape<HttpRequest, HttpResponse> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  /** What a handler came to: an answer, or why there is none. */
  private record Result(@Nullable HttpResponse answer, @Nullable Throwable failure) {}

  private final class Logic extends GraphStageLogic {
    private final AsyncCallback<Result> results = createAsyncCallback(this::onResult);
    private boolean waiting;

    Logic() {
      super(shape);
      setHandler(
          requests,
          new AbstractInHandler() {
            @Override
            public void onPush() throws Exception {
              onRequest(handler.apply(grab(requests)));
            }

            @Override
            public void onUpstreamFinish() {
              if (!waiting) {
                completeStage();
              }
            }
          });
      setHandler(
          answers,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              if (!isClosed(requests) && !hasBeenPulled(requests)) {
                pull(requests);
              }
            }
          });
    }

    private void onRequest(CompletionStage<HttpResponse> answer) {
      HttpResponse there = AtOnce.now(answer);
      if (there != null) {
        push(answers, there); // was pulled: that is why there is a request
      } else {
        waiting = true;
        answer.whenComplete((value, failure) -> results.invoke(new Result(value, failure)));
      }
    }

    private void onResult(Result result) {
      waiting = false;
      HttpResponse answer = result.answer();
      if (answer == null) {
        Throwable failure = result.failure();
        failStage(failure == null ? new NullPointerException("no answer") : failure);
        return;
      }
      push(answers, answer);
      if (isClosed(requests)) {
        completeStage();
      }
    }
  }
}
