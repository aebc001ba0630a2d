package io.leasehold.actors.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A claim whose connection is lost is taken again, unless somebody was faster. */
class DatabaseClaimIT {
  private static final String HOLDERS =
      " FROM pg_locks WHERE locktype = 'advisory' AND objid = 8765 AND granted";

  private static TestPostgres postgres;

  @BeforeAll
  static void start() throws Exception {
    postgres = TestPostgres.start();
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  private static DatabaseClaim take(boolean shared) {
    var journal = postgres.journal();
    String url = journal.url().replace("socketTimeout=4", "socketTimeout=1");
    return DatabaseClaim.take(url, journal.user(), journal.password(), shared);
  }

  private static long holders() throws Exception {
    return postgres.number("SELECT COUNT(*)" + HOLDERS);
  }

  private static long pidOfHolder() throws Exception {
    return postgres.number("SELECT pid" + HOLDERS);
  }

  /** As after a failure of the network or a restart of the database. */
  private static void loseConnections() throws Exception {
    postgres.execute("SELECT pg_terminate_backend(pid)" + HOLDERS);
    Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> holders() == 0);
  }

  private static void signal(String signal, long pid) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void aLostClaimIsTakenAgain() throws Exception {
    try (var claim = take(false)) {
      assertThat(claim.renew()).isEqualTo(DatabaseClaim.State.HELD);
      long before = pidOfHolder();
      assertThat(claim.renew()).isEqualTo(DatabaseClaim.State.HELD);
      assertThat(pidOfHolder()).as("what is held is left as it is").isEqualTo(before);

      loseConnections();

      assertThat(claim.renew()).isEqualTo(DatabaseClaim.State.HELD);
      assertThat(holders()).isEqualTo(1);
      assertThatThrownBy(() -> take(false))
          .isInstanceOf(JournalException.class)
          .hasMessageContaining("another server uses this database");
    }
    Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> holders() == 0);
  }

  @Test
  void whoLostTheDatabaseToAnotherIsTold() throws Exception {
    try (var claim = take(false)) {
      loseConnections();
      try (var other = take(false)) { // nothing but a claim keeps it out: see the test above
        assertThat(claim.state()).isEqualTo(DatabaseClaim.State.HELD); // nobody has looked yet
        assertThat(claim.renew()).isEqualTo(DatabaseClaim.State.TAKEN);
        assertThat(other.renew()).as("the other is left alone").isEqualTo(DatabaseClaim.State.HELD);
      }
    }
  }

  @Test
  void nodesOfAClusterShareItAndAreToldWhenASingleServerTookIt() throws Exception {
    try (var one = take(true);
        var two = take(true)) {
      assertThatThrownBy(() -> take(false)).isInstanceOf(JournalException.class);
      loseConnections();
      assertThat(one.renew()).isEqualTo(DatabaseClaim.State.HELD);
      assertThat(two.renew()).isEqualTo(DatabaseClaim.State.HELD);

      loseConnections();
      try (var single = take(false)) {
        assertThat(one.renew()).isEqualTo(DatabaseClaim.State.TAKEN);
        assertThat(two.renew()).isEqualTo(DatabaseClaim.State.TAKEN);
      }
    }
  }

  @Test
  void onlyWhereNoClusterLivesOneMayBeFounded() throws Exception {
    try (var one = take(true);
        var two = take(true);
        var three = take(true)) {
      assertThat(one.found()).isTrue();
      assertThat(two.found()).isFalse();
      two.keepMembership();
      one.close(); // the founder dies, the cluster lives on
      assertThat(three.found()).isFalse();

      loseConnections();
      assertThat(two.renew()).isEqualTo(DatabaseClaim.State.HELD);
      assertThat(three.renew()).isEqualTo(DatabaseClaim.State.HELD);
      two.keepMembership(); // what was said with the lost connection is said again
      assertThat(three.found()).isFalse();

      two.close();
      Awaitility.await().atMost(10, TimeUnit.SECONDS).until(three::found);
      assertThat(three.found()).as("it has founded one already").isTrue();
    }
  }

  /** Of many that ask at once, one. */
  @Test
  void ofManyThatWouldFoundAClusterAtOnceOneDoes() throws Exception {
    var claims = new ArrayList<DatabaseClaim>();
    var pool = Executors.newFixedThreadPool(8);
    try {
      for (int i = 0; i < 8; i++) {
        claims.add(take(true));
      }
      var together = new CyclicBarrier(8);
      var founders =
          pool.invokeAll(
              claims.stream()
                  .map(
                      claim ->
                          (Callable<Boolean>)
                              () -> {
                                together.await();
                                return claim.found();
                              })
                  .toList());
      int count = 0;
      for (var founder : founders) {
        count += founder.get() ? 1 : 0;
      }
      assertThat(count).isEqualTo(1);
    } finally {
      pool.shutdownNow();
      claims.forEach(DatabaseClaim::close);
    }
  }

  /** The server holds the lock for a connection that the node has given up: that is nobody else. */
  @Test
  void ourOwnLastSessionIsNotMistakenForAnotherServer() throws Exception {
    try (var claim = take(false)) {
      long hanging = pidOfHolder();
      signal("STOP", hanging);
      try {
        assertThat(claim.renew()).isEqualTo(DatabaseClaim.State.LOST);
        assertThat(pidOfHolder()).isEqualTo(hanging);
        assertThat(claim.renew()).isEqualTo(DatabaseClaim.State.LOST);
      } finally {
        signal("CONT", hanging);
      }
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> claim.renew() == DatabaseClaim.State.HELD);
      assertThat(pidOfHolder()).isNotEqualTo(hanging);
    }
  }
}
