package io.leasehold.actors.kv;

import io.leasehold.actors.kv.KvStore.WatchEvent;
import io.leasehold.domain.kv.KvPosition;
import io.leasehold.domain.kv.KvScope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;

/**
 * The events of one watcher, each with the position behind it; what the hub gives together is given
 * on together, never nothing.
 *
 * <p>Asks the hub for more when the reader has taken everything, so holds one batch at most: what
 * waits besides is the hub's to bound. Completes after the farewell of the node, fails if the hub
 * does.
 */
final class KvWatchStage extends GraphStage<SourceShape<List<WatchEvent>>> {
  /** What is asked of the hub. */
  record Wanted(
      KvScope scope,
      Set<KvStore.EventKind> kinds,
      boolean values,
      @Nullable KvPosition position,
      int shards) {}

  private final Outlet<List<WatchEvent>> out = Outlet.create("KvWatch.out");
  private final SourceShape<List<WatchEvent>> shape = SourceShape.of(out);
  private final Wanted wanted;
  private final KvWatchPlaces.Place place;
  private final ActorRef<KvWatchHub.Command> hub;

  KvWatchStage(Wanted wanted, KvWatchPlaces.Place place, ActorRef<KvWatchHub.Command> hub) {
    this.wanted = wanted;
    this.place = place;
    this.hub = hub;
  }

  @Override
  public SourceShape<List<WatchEvent>> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inheritedAttributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final ArrayDeque<KvNews> news = new ArrayDeque<>();
    private int[] tags = new int[0];
    private long[] revisions = new long[0];
    private @Nullable KvPosition upTo;
    private boolean asked;
    private boolean over;
    private boolean placed;
    private KvWatcher.@Nullable Order order;

    Logic() {
      super(shape);
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              serve();
            }
          });
    }

    @Override
    public void preStart() {
      placed = place.take();
      if (!placed) {
        failStage(new IllegalStateException("as many watchers as the node may have"));
        return;
      }
      AsyncCallback<KvWatcher.Batch> batches = createAsyncCallback(this::onBatch);
      AsyncCallback<Throwable> failures = createAsyncCallback(this::failStage);
      var made =
          new KvWatcher.Order(
              wanted.scope(),
              wanted.kinds(),
              wanted.values(),
              wanted.position(),
              batches::invoke,
              failures::invoke);
      order = made;
      hub.tell(new KvWatchHub.Enter(made));
    }

    @Override
    public void postStop() {
      if (order != null) {
        hub.tell(new KvWatchHub.Leave(order));
      }
      if (placed) {
        place.giveBack();
      }
    }

    private void onBatch(KvWatcher.Batch batch) {
      asked = false;
      if (batch.over()) {
        news.clear(); // its reader resumes elsewhere, from the position of the farewell
        over = true;
      }
      news.addAll(batch.news());
      upTo = batch.upTo();
      if (isAvailable(out)) {
        serve();
      }
    }

    private void serve() {
      if (!news.isEmpty()) {
        var events = new ArrayList<WatchEvent>(news.size());
        for (KvNews next = news.poll(); next != null; next = news.poll()) {
          events.add(event(next));
        }
        push(out, events);
      } else if (over) {
        farewell();
      } else if (!asked && order != null) {
        asked = true;
        hub.tell(new KvWatchHub.Want(order));
      }
    }

    private void farewell() {
      position().ifPresent(position -> push(out, List.of(new WatchEvent.Bye(position))));
      complete(out);
    }

    /** Empty if nothing is known yet, and nothing was before. */
    private Optional<String> position() {
      if (tags.length > 0) {
        return Optional.of(KvPosition.encode(wanted.scope(), tags, revisions));
      }
      return Optional.ofNullable(wanted.position())
          .map(known -> KvPosition.encode(wanted.scope(), known.tags(), known.revisions()));
    }

    private WatchEvent event(KvNews next) {
      if (next instanceof KvNews.Changed changed) {
        revisions[changed.shard() - wanted.scope().first()] = changed.revision();
      } else if (next instanceof KvNews.Missed missed) {
        tags[missed.shard() - wanted.scope().first()] = missed.tag();
        revisions[missed.shard() - wanted.scope().first()] = missed.to();
      } else if (next instanceof KvNews.Joined joined) {
        tags = joined.at().tags();
        revisions = joined.at().revisions();
      }
      if (news.isEmpty() && upTo != null) {
        tags = upTo.tags();
        revisions =
            upTo.revisions(); // with this event, all that was committed up to there has been told
        upTo = null;
      }
      return withPosition(next, KvPosition.encode(wanted.scope(), tags, revisions));
    }

    private WatchEvent withPosition(KvNews next, String position) {
      if (next instanceof KvNews.Changed changed) {
        return changed.kind() == KvStore.EventKind.PUT
            ? new WatchEvent.Put(
                changed.key(),
                changed.shard(),
                changed.revision(),
                changed.created(),
                changed.expiresAtMillis(),
                changed.value(),
                position)
            : new WatchEvent.Gone(
                changed.key(),
                changed.shard(),
                changed.revision(),
                changed.kind() == KvStore.EventKind.EXPIRE,
                position);
      } else if (next instanceof KvNews.Missed missed) {
        return new WatchEvent.Gap(
            missed.shard(), missed.from(), missed.to(), missed.reason().wire(), position);
      }
      return new WatchEvent.Ready(wanted.shards(), position);
    }
  }
}
