package io.leasehold.actors.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;

/** What shares a statement, and what becomes of the others when one fails. Steps by hand. */
class CommitQueueTest {
  private static final CommitQueue.Bounds BOUNDS = new CommitQueue.Bounds(1, 0, 100, 50, 1_000);

  private final List<List<String>> statements = new ArrayList<>();
  private final Set<String> refused = new HashSet<>();
  private final ArrayDeque<Consumer<Connection>> works = new ArrayDeque<>();
  private final ArrayDeque<Consumer<Throwable>> failures = new ArrayDeque<>();
  private Runnable whileWriting = () -> {};
  private boolean broken;

  private final CommitQueue.Statement<String> statement =
      new CommitQueue.Statement<>() {
        @Override
        public void write(Connection connection, List<String> rows) throws SQLException {
          statements.add(List.copyOf(rows));
          Runnable now = whileWriting;
          whileWriting = () -> {};
          now.run();
          if (broken) {
            broken = false;
            throw new SQLException("the connection is gone", "08006");
          }
          if (rows.stream().anyMatch(refused::contains)) {
            throw new SQLException("another writer has gone on", "23505");
          }
        }

        @Override
        public long bytes(String row) {
          return row.length();
        }
      };

  private CommitQueue<String> queue(CommitQueue.Bounds bounds) {
    return new CommitQueue<>(
        bounds,
        statement,
        (work, failed) -> {
          works.add(work);
          failures.add(failed);
        },
        ExecutionContext.parasitic$.MODULE$);
  }

  /** A thread of the database comes to it. */
  private void run() {
    failures.remove();
    works.remove().accept(null);
  }

  private static boolean worked(Future<BoxedUnit> done) {
    return done.isCompleted() && done.value().get().isSuccess();
  }

  private static String failure(Future<BoxedUnit> done) {
    return done.value().get().failed().get().getMessage();
  }

  @Test
  void whatComesWhileAStatementIsUnderWayGoesTogetherWithTheNext() {
    var queue = queue(BOUNDS);
    var later = new ArrayList<Future<BoxedUnit>>();
    whileWriting =
        () -> {
          for (String row : List.of("b", "c", "d")) {
            later.add(queue.commit(List.of(row)));
          }
        };
    var first = queue.commit(List.of("a"));
    assertThat(first.isCompleted()).isFalse();

    run();

    assertThat(statements).containsExactly(List.of("a"), List.of("b", "c", "d"));
    assertThat(worked(first)).isTrue();
    assertThat(later).allMatch(CommitQueueTest::worked);
    assertThat(works).isEmpty();
  }

  @Test
  void whenNothingWaitsTheConnectionGoesBackAndTheNextCommitAsksForOne() {
    var queue = queue(BOUNDS);
    queue.commit(List.of("a"));
    run();
    queue.commit(List.of("b"));
    assertThat(works).hasSize(1);
    run();
    assertThat(statements).containsExactly(List.of("a"), List.of("b"));
  }

  @Test
  void anotherStatementBeginsBesideOnlyWhenEnoughWaits() {
    var queue = queue(new CommitQueue.Bounds(2, 5, 100, 50, 1_000));
    queue.commit(List.of("a"));
    queue.commit(List.of("b"));
    assertThat(works).as("two bytes wait").hasSize(1);
    queue.commit(List.of("cccc"));
    assertThat(works).as("six bytes wait").hasSize(2);
    queue.commit(List.of("dddddddd"));
    assertThat(works).as("two are the most").hasSize(2);
  }

  @Test
  void aStatementIsBoundedInRowsAndBytesButTakesTheRowsOfACallTogether() {
    var queue = queue(new CommitQueue.Bounds(1, 0, 100, 3, 10));
    for (List<String> rows :
        List.of(
            List.of("a", "b"),
            List.of("c", "d"),
            List.of("e"),
            List.of("123456789"),
            List.of("a row of more bytes than a statement should have"),
            List.of("v", "w", "x", "y"))) {
      queue.commit(rows);
    }
    run();
    assertThat(statements)
        .containsExactly(
            List.of("a", "b"),
            List.of("c", "d", "e"),
            List.of("123456789"),
            List.of("a row of more bytes than a statement should have"),
            List.of("v", "w", "x", "y"));
  }

  @Test
  void whatWouldWaitBeyondTheBoundFailsAtOnce() {
    var queue = queue(new CommitQueue.Bounds(1, 0, 2, 50, 1_000));
    queue.commit(List.of("a"));
    queue.commit(List.of("b"));
    var third = queue.commit(List.of("c"));
    assertThat(failure(third)).isEqualTo("2 commits wait for the database, of at most 2");
    run();
    assertThat(statements).containsExactly(List.of("a", "b"));
    var fourth = queue.commit(List.of("d"));
    run();
    assertThat(worked(fourth)).isTrue();
  }

  @Test
  void aJournalThatMeetsItsFenceFailsAlone() {
    var queue = queue(BOUNDS);
    refused.add("row 20");
    var all = IntStream.range(0, 32).mapToObj(i -> queue.commit(List.of("row " + i))).toList();
    run();
    for (int i = 0; i < all.size(); i++) {
      assertThat(worked(all.get(i))).as("row " + i).isEqualTo(i != 20);
    }
    assertThat(failure(all.get(20))).isEqualTo("another writer has gone on");
    assertThat(statements).as("halves of halves, not one by one").hasSize(1 + 2 * 5);
  }

  @Test
  void afterAnyOtherFailureNothingIsTriedAgainAndWhatWaitsHasAnotherConnection() {
    var queue = queue(BOUNDS);
    var later = new ArrayList<Future<BoxedUnit>>();
    whileWriting = () -> later.add(queue.commit(List.of("c")));
    broken = true;
    var first = queue.commit(List.of("a"));
    var second = queue.commit(List.of("b"));
    run();
    assertThat(failure(first)).isEqualTo("the connection is gone");
    assertThat(failure(second)).isEqualTo("the connection is gone");
    assertThat(statements).containsExactly(List.of("a", "b"));
    assertThat(later.get(0).isCompleted()).isFalse();

    run();
    assertThat(worked(later.get(0))).isTrue();
  }

  @Test
  void withoutAConnectionAllThatWaitAreToldSoAndTheNextOneTriesAgain() {
    var queue = queue(BOUNDS);
    var first = queue.commit(List.of("a"));
    var second = queue.commit(List.of("b"));
    works.remove();
    failures.remove().accept(new SQLException("no connection in 3 s"));
    assertThat(failure(first)).isEqualTo("no connection in 3 s");
    assertThat(failure(second)).isEqualTo("no connection in 3 s");

    var third = queue.commit(List.of("c"));
    run();
    assertThat(worked(third)).isTrue();
    assertThat(statements).containsExactly(List.of("c"));
  }

  @Test
  void whereAnotherStatementGoesOnNobodyIsToldThatThereIsNoConnection() {
    var queue = queue(new CommitQueue.Bounds(2, 1, 100, 50, 1_000));
    var first = queue.commit(List.of("a"));
    var second = queue.commit(List.of("b"));
    assertThat(works).hasSize(2);
    works.removeLast();
    failures.removeLast().accept(new SQLException("no connection in 3 s"));
    assertThat(first.isCompleted()).isFalse();

    run();
    assertThat(worked(first)).isTrue();
    assertThat(worked(second)).isTrue();
  }

  @Test
  void whatWasNotTriedOnAConnectionThatBrokeIsTriedOnAnother() {
    var queue = queue(BOUNDS);
    refused.add("b");
    whileWriting = () -> whileWriting = () -> broken = true; // in the first half
    var first = queue.commit(List.of("a"));
    var second = queue.commit(List.of("b"));
    run();
    assertThat(failure(first)).isEqualTo("the connection is gone");
    assertThat(second.isCompleted()).isFalse();

    run();
    assertThat(failure(second)).isEqualTo("another writer has gone on");
    assertThat(statements).containsExactly(List.of("a", "b"), List.of("a"), List.of("b"));
  }

  @Test
  void anErrorLeavesNobodyWaiting() {
    var queue = queue(BOUNDS);
    whileWriting =
        () -> {
          throw new StackOverflowError("too deep");
        };
    var first = queue.commit(List.of("a"));
    run();
    assertThat(failure(first)).contains("too deep");

    var second = queue.commit(List.of("b"));
    run();
    assertThat(worked(second)).isTrue();
  }
}
