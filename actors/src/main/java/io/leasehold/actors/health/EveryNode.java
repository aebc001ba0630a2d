package io.leasehold.actors.health;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;

/**
 * Asks all members of the cluster for their figures, and answers for this one when another asks.
 * What travels are documents, JSON as the node would show it itself. Safe for any thread.
 */
public final class EveryNode {
  /**
   * What is asked.
   *
   * @param what one of those that the nodes {@link #serve}
   * @param kind narrows it down, may be empty
   * @param limit rows of one node at most, 1 or more
   */
  public record Question(String what, String kind, int limit) {}

  /**
   * What came of it.
   *
   * @param documents by node, {@code host:port}, ascending
   * @param missing members that cannot be reached or did not answer in time, ascending
   */
  public record Gathered(Map<String, String> documents, List<String> missing) {}

  /** As long as people wait for a page. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Map<String, Function<Question, CompletionStage<String>>> sources =
      new ConcurrentHashMap<>();
  private final ActorRef<NodeAsker.Message> asker;

  /** Takes part from now on; what is not served yet is not answered. */
  public EveryNode(ActorSystem<?> system) {
    asker = system.systemActorOf(NodeAsker.create(sources), NodeAsker.NAME, Props.empty());
  }

  /**
   * Lets this node answer a question.
   *
   * @param source is asked on a thread of the actors: it must not block
   */
  public void serve(String what, Function<Question, String> source) {
    serveLater(what, question -> CompletableFuture.completedFuture(source.apply(question)));
  }

  /**
   * The same for what has to be collected first.
   *
   * @param source may be asked again, on any thread, for fewer rows
   */
  public void serveLater(String what, Function<Question, CompletionStage<String>> source) {
    sources.put(what, source);
  }

  /** Asks all members, this one too. Never fails, and takes two seconds at most. */
  public CompletionStage<Gathered> ask(Question question) {
    return ask(question, PATIENCE);
  }

  /** The same in a time of the caller's choice. */
  public CompletionStage<Gathered> ask(Question question, Duration patience) {
    var result = new CompletableFuture<Gathered>();
    asker.tell(new NodeAsker.Gather(question, patience, result));
    return result;
  }
}
