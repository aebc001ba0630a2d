package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.CommandRule;
import io.leasehold.domain.access.CommandTable;
import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What keys are held to is what the engine does. */
class CommandTableTest {
  private static CommandRule ruleOf(List<Bytes> command) {
    return Objects.requireNonNull(CommandTable.find(command), () -> command + " has no rule");
  }

  @Test
  void theTableAndTheEngineAgreeOnArityAndScope() {
    for (RedisCommand command : RedisCommands.all()) {
      CommandRule rule = ruleOf(List.of(Bytes.utf8(command.name())));
      assertThat(rule.arity()).as(command.name()).isEqualTo(command.arity());
      assertThat(rule.scope()).as(command.name()).isEqualTo(command.scope());
      assertThat(rule.touchesEverything())
          .as(command.name())
          .isEqualTo(command.touchesEverything());
    }
  }

  @Test
  void theTableAndTheEngineFindTheSameKeysAndPatterns() {
    var commands = new RandomCommands(new Random(7));
    int compared = 0;
    for (int i = 0; i < 20_000; i++) {
      List<Bytes> command = commands.next();
      RedisCommand known = RedisCommands.find(command.get(0));
      if (known == null || !known.fits(command.size())) {
        continue;
      }
      var keys = new ArrayList<>(known.keys(command));
      Bytes channel = known.channel(command);
      if (channel != null) {
        keys.add(channel);
      }
      assertThat(ruleOf(command).keys(command)).as(command.toString()).isEqualTo(keys);
      assertThat(ruleOf(command).pattern(command))
          .as(command.toString())
          .isEqualTo(known.pattern(command));
      compared++;
    }
    assertThat(compared).isGreaterThan(10_000);
  }
}
