/** What the worker says of itself over HTTP. Knows the ingest room, whose health it tells; knows nothing of commands. */
@NullMarked
package io.streamrank.http;

import org.jspecify.annotations.NullMarked;
