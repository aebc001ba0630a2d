package io.leasehold.actors.socket;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.dispatch.Dispatcher;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.apache.pekko.dispatch.ExecutorServiceFactoryProvider;
import org.apache.pekko.dispatch.MessageDispatcher;
import org.apache.pekko.dispatch.MessageDispatcherConfigurator;
import scala.concurrent.duration.Duration;
import scala.concurrent.duration.FiniteDuration;

/** Lets actors, and so streams, run in the thread of a loop. */
final class LoopDispatcher extends MessageDispatcherConfigurator {
  /** Messages of one stream in a row, before another stream of the loop has its turn. */
  private static final int THROUGHPUT = 32;

  /** Without any stream for so long it is called unused, which means nothing here. */
  private static final FiniteDuration IDLE = new FiniteDuration(1, TimeUnit.SECONDS);

  private final MessageDispatcher dispatcher;

  private LoopDispatcher(
      String id, Config config, DispatcherPrerequisites prerequisites, SocketLoop loop) {
    super(config, prerequisites);
    var threads = new LoopThreads(loop);
    var factory =
        new ExecutorServiceFactoryProvider() {
          @Override
          public ExecutorServiceFactory createExecutorServiceFactory(
              String ignored, ThreadFactory none) {
            return () -> threads;
          }
        };
    dispatcher = new Dispatcher(this, id, THROUGHPUT, Duration.Zero(), factory, IDLE);
  }

  /**
   * Registers a dispatcher for the loop.
   *
   * @return its name, for {@code ActorAttributes.dispatcher}
   */
  static String register(ActorSystem system, String name, SocketLoop loop) {
    var config = system.settings().config().getConfig("pekko.actor.default-dispatcher");
    for (int i = 0; ; i++) {
      String id = i == 0 ? name : name + '-' + i;
      var named = config.withValue("id", ConfigValueFactory.fromAnyRef(id)); // mailboxes ask for it
      var made = new LoopDispatcher(id, named, system.dispatchers().prerequisites(), loop);
      if (system.dispatchers().registerConfigurator(id, made)) {
        return id;
      }
    }
  }

  @Override
  public MessageDispatcher dispatcher() {
    return dispatcher;
  }

  /** The loop in the clothes that a dispatcher wants. It is ended by its owner, not from here. */
  private static final class LoopThreads extends AbstractExecutorService {
    private final SocketLoop loop;

    LoopThreads(SocketLoop loop) {
      this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(task);
    }

    @Override
    public void shutdown() {
      // when no stream is open, and the next one may come any time
    }

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return false;
    }
  }
}
