<?php
// A client as they are written today: one socket, a line out, a line in. It throws on any error
// before it looks at success, as the published clients do, and prints every answer as it came.

$socket = stream_socket_client("tcp://127.0.0.1:$argv[1]", $code, $message, 10);
if (!$socket) {
    fwrite(STDERR, "$message\n");
    exit(1);
}
stream_set_timeout($socket, 10);

function ask($socket, array $request): bool
{
    fwrite($socket, json_encode($request) . "\n");
    $line = fgets($socket);
    if ($line === false) {
        throw new RuntimeException('no answer');
    }
    $answer = json_decode($line, true, 16, JSON_THROW_ON_ERROR);
    if (($answer['error'] ?? null) !== null) {
        throw new RuntimeException($answer['error']);
    }
    echo $line;
    return $answer['success'];
}

// json_encode writes the slash as \/ and the umlaut as \u00fc
foreach (['user-123', 'orders/47/größe'] as $key) {
    $mine = ['key' => $key, 'pid' => 'web-worker', 'host' => 'server-01'];
    ask($socket, ['action' => 'exists', 'key' => $key]);
    ask($socket, ['action' => 'acquire', 'ttl' => 300] + $mine);
    ask($socket, ['action' => 'acquire', 'ttl' => 300] + $mine);
    ask($socket, ['action' => 'exists', 'key' => $key]);
    ask($socket, ['action' => 'extend', 'key' => $key, 'ttl' => 600, 'owner' => 'web-worker@server-01']);
    ask($socket, ['action' => 'extend', 'key' => $key, 'ttl' => 600, 'owner' => 'somebody@else']);
    ask($socket, ['action' => 'release', 'key' => $key]);
    ask($socket, ['action' => 'release', 'key' => $key]);
    ask($socket, ['action' => 'extend', 'key' => $key, 'ttl' => 600, 'owner' => 'web-worker@server-01']);
}
// the pid as PHP has it, a number
ask($socket, ['action' => 'acquire', 'key' => 'numbered', 'ttl' => 1, 'pid' => 4711, 'host' => 'web']);
ask($socket, ['action' => 'extend', 'key' => 'numbered', 'ttl' => 1, 'owner' => '4711@web']);
ask($socket, ['action' => 'stats']);
try {
    ask($socket, ['action' => 'fly']);
    echo "no exception\n";
} catch (RuntimeException $e) {
    echo $e->getMessage(), "\n";
}
fclose($socket);
