package io.leasehold.app.fault;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/** Faults by chance until the time is up. The same seed gives the same order and lengths. */
final class RandomSteps implements Iterator<Nemesis.Step> {
  /**
   * A fault that may come.
   *
   * @param shortestMillis that it lasts
   * @param longestMillis likewise
   */
  record Choice(Fault fault, int shortestMillis, int longestMillis) {}

  private final Random random;
  private final List<Choice> choices;
  private final int shortestCalmMillis;
  private final int longestCalmMillis;
  private final long endNanos;

  RandomSteps(long seed, Duration length, Duration calm, List<Choice> choices) {
    random = new Random(seed);
    this.choices = List.copyOf(choices);
    longestCalmMillis = (int) calm.toMillis();
    shortestCalmMillis = longestCalmMillis / 3;
    endNanos = System.nanoTime() + length.toNanos();
  }

  @Override
  public boolean hasNext() {
    return System.nanoTime() - endNanos < 0;
  }

  @Override
  public Nemesis.Step next() {
    Choice choice = choices.get(random.nextInt(choices.size()));
    return new Nemesis.Step(
        choice.fault(),
        between(shortestCalmMillis, longestCalmMillis),
        between(choice.shortestMillis(), choice.longestMillis()));
  }

  private Duration between(int fromMillis, int toMillis) {
    return Duration.ofMillis(fromMillis + random.nextInt(toMillis - fromMillis + 1));
  }
}
