// No exception leaves C++: guard gives what a call throws as a message that the
// caller frees, and NULL where it throws nothing.
#ifndef PCCLIP_GUARD_H
#define PCCLIP_GUARD_H
#include <c10/util/Exception.h>

#include <cstring>
#include <exception>

template <typename F> char *guard(F &&f) {
  try {
    f();
    return nullptr;
  } catch (const c10::Error &e) {
    return strdup(e.what_without_backtrace());
  } catch (const std::exception &e) {
    return strdup(e.what());
  } catch (...) {
    return strdup("an unknown exception");
  }
}

#endif
