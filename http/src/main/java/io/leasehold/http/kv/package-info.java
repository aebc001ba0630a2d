/** The key-value store over HTTP: reading requests, writing answers, and nothing between. */
@NullMarked
package io.leasehold.http.kv;

import org.jspecify.annotations.NullMarked;
