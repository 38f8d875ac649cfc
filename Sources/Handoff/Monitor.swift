import Glibc

/// One mutex and one condition for each role of the hand-off.
///
/// The lock guards whatever its owner says it guards; a waiter must check its reason again after
/// every wake.
@safe
final class Monitor: @unchecked Sendable {
  // Allocated once, never moved and freed in deinit: POSIX wants fixed addresses.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let conditions: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe conditions = .allocate(capacity: Role.allCases.count)
    unsafe check(pthread_mutex_init(mutex, nil), "pthread_mutex_init")
    for role in Role.allCases {
      unsafe check(pthread_cond_init(conditions + role.rawValue, nil), "pthread_cond_init")
    }
  }

  deinit {
    for role in Role.allCases { unsafe pthread_cond_destroy(conditions + role.rawValue) }
    unsafe pthread_mutex_destroy(mutex)
    unsafe conditions.deallocate()
    unsafe mutex.deallocate()
  }

  func lock() { unsafe check(pthread_mutex_lock(mutex), "pthread_mutex_lock") }

  func unlock() { unsafe check(pthread_mutex_unlock(mutex), "pthread_mutex_unlock") }

  /// Gives up the lock until the role is woken; holds it again on return.
  func wait(as role: Role) {
    unsafe check(pthread_cond_wait(conditions + role.rawValue, mutex), "pthread_cond_wait")
  }

  /// Wakes one thread of that role.
  func wakeOne(_ role: Role) { unsafe _ = pthread_cond_signal(conditions + role.rawValue) }

  func wakeAll() {
    for role in Role.allCases { unsafe _ = pthread_cond_broadcast(conditions + role.rawValue) }
  }

  private func check(_ code: Int32, _ call: StaticString) {
    precondition(code == 0, "\(call) failed with \(code)")
  }
}
