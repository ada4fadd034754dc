;; A module written by hand, for tests: one column `length` (int64) with each value's length. What else it does is told by the
;; first byte of the value:
;;   E  an error of this record            W  an error of the whole batch
;;   P  logs as a panic does, then stops   U  stops without a word
;;   L  loops without end                  R  calls itself without end
;;   Z  divides by zero                    O  reads out of bounds
;;   M  asks for 640 MB, stops if refused  G  returns a list longer than its memory
;;   B  a row of a record that isn't there S  logs a line
;;   X  logs 100 lines                     D  logs a line for ever
(module
  (import "wasmill:guest/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 4)
  (data (i32.const 1024) "menagerie")
  (data (i32.const 1040) "length")
  (data (i32.const 1056) "bad record")
  (data (i32.const 1072) "bad batch")
  (data (i32.const 1088) "panicked at src/lib.rs:12:5:\0aindex out of bounds")
  (data (i32.const 1152) "a line\1b[31m")
  (global $free (mut i32) (i32.const 4096))

  ;; Gives room behind what was given before; all is free again when a call is over.
  (func $alloc (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))))
    (local.get $at))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (call $alloc (local.get 2) (local.get 3)))

  (func (export "wasmill:guest/transform@0.1.0#describe") (result i32)
    ;; description { name, schema } at 0, the one field at 32
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 9))
    (i32.store (i32.const 8) (i32.const 32)) (i32.store (i32.const 12) (i32.const 1))
    (i32.store (i32.const 32) (i32.const 1040)) (i32.store (i32.const 36) (i32.const 6))
    (i32.store8 (i32.const 40) (i32.const 2)) (i32.store (i32.const 44) (i32.const 0))
    (i32.const 0))

  (func $recurse (param i32) (result i32)
    (i32.add (local.get 0) (call $recurse (i32.add (local.get 0) (i32.const 1)))))

  (func $line (param $level i32) (param $at i32) (param $length i32)
    (call $log (local.get $level) (local.get $at) (local.get $length)))

  (func (export "wasmill:guest/transform@0.1.0#process") (param $r i32) (result i32)
    (local $n i32) (local $i i32) (local $values i32) (local $offsets i32) (local $start i32) (local $len i32)
    (local $c i32) (local $origins i32) (local $data i32) (local $errors i32) (local $rows i32) (local $nerr i32) (local $k i32)
    (local.set $n (i32.sub (i32.load offset=12 (local.get $r)) (i32.const 1)))
    (local.set $values (i32.load (local.get $r)))
    (local.set $offsets (i32.load offset=8 (local.get $r)))
    (local.set $origins (call $alloc (i32.const 4) (i32.mul (local.get $n) (i32.const 4))))
    (local.set $data (call $alloc (i32.const 8) (i32.mul (local.get $n) (i32.const 8))))
    (local.set $errors (call $alloc (i32.const 4) (i32.mul (local.get $n) (i32.const 12))))
    ;; result at 256, rows at 260, the column at 320
    (i64.store (i32.const 256) (i64.const 0))
    (memory.fill (i32.const 320) (i32.const 0) (i32.const 32))
    (i32.store8 (i32.const 340) (i32.const 3))
    (i32.store (i32.const 260) (local.get $origins))
    (i32.store (i32.const 268) (i32.const 320))
    (i32.store (i32.const 272) (i32.const 1))
    (i32.store (i32.const 276) (local.get $errors))
    (i32.store (i32.const 344) (local.get $data))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $start (i32.load (i32.add (local.get $offsets) (i32.mul (local.get $i) (i32.const 4)))))
        (local.set $len (i32.sub
          (i32.load offset=4 (i32.add (local.get $offsets) (i32.mul (local.get $i) (i32.const 4))))
          (local.get $start)))
        (local.set $c (if (result i32) (local.get $len)
          (then (i32.load8_u (i32.add (local.get $values) (local.get $start)))) (else (i32.const 0))))

        (if (i32.eq (local.get $c) (i32.const 69)) ;; E
          (then
            (local.set $k (i32.add (local.get $errors) (i32.mul (local.get $nerr) (i32.const 12))))
            (i32.store (local.get $k) (local.get $i))
            (i32.store offset=4 (local.get $k) (i32.const 1056))
            (i32.store offset=8 (local.get $k) (i32.const 10))
            (local.set $nerr (i32.add (local.get $nerr) (i32.const 1)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))
        (if (i32.eq (local.get $c) (i32.const 87)) ;; W
          (then
            (i32.store8 (i32.const 256) (i32.const 1))
            (i32.store (i32.const 260) (i32.const 1072))
            (i32.store (i32.const 264) (i32.const 9))
            (return (i32.const 256))))
        (if (i32.eq (local.get $c) (i32.const 80)) ;; P
          (then (call $line (i32.const 0) (i32.const 1088) (i32.const 48)) unreachable))
        (if (i32.eq (local.get $c) (i32.const 85)) (then unreachable)) ;; U
        (if (i32.eq (local.get $c) (i32.const 76)) (then (loop $ever (br $ever)))) ;; L
        (if (i32.eq (local.get $c) (i32.const 82)) (then (drop (call $recurse (i32.const 0))))) ;; R
        (if (i32.eq (local.get $c) (i32.const 90)) ;; Z
          (then (drop (i32.div_u (local.get $i) (i32.const 0)))))
        (if (i32.eq (local.get $c) (i32.const 79)) ;; O
          (then (drop (i32.load (i32.const -8)))))
        (if (i32.eq (local.get $c) (i32.const 77)) ;; M
          (then (if (i32.eq (memory.grow (i32.const 10000)) (i32.const -1)) (then unreachable))))
        (if (i32.eq (local.get $c) (i32.const 71)) ;; G
          (then
            (i32.store (i32.const 264) (i32.const 0x3fffffff))
            (return (i32.const 256))))
        (if (i32.eq (local.get $c) (i32.const 83)) ;; S
          (then (call $line (i32.const 2) (i32.const 1152) (i32.const 11))))
        (if (i32.eq (local.get $c) (i32.const 88)) ;; X
          (then
            (local.set $k (i32.const 100))
            (loop $again
              (call $line (i32.const 1) (i32.const 1152) (i32.const 6))
              (br_if $again (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))))
        (if (i32.eq (local.get $c) (i32.const 68)) ;; D
          (then (loop $again (call $line (i32.const 1) (i32.const 1152) (i32.const 6)) (br $again))))

        (i32.store (i32.add (local.get $origins) (i32.mul (local.get $rows) (i32.const 4)))
          (select (i32.const 1000000) (local.get $i) (i32.eq (local.get $c) (i32.const 66)))) ;; B
        (i64.store (i32.add (local.get $data) (i32.mul (local.get $rows) (i32.const 8)))
          (i64.extend_i32_u (local.get $len)))
        (local.set $rows (i32.add (local.get $rows) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.store (i32.const 264) (local.get $rows))
    (i32.store (i32.const 280) (local.get $nerr))
    (i32.store (i32.const 320) (local.get $rows))
    (i32.store (i32.const 348) (local.get $rows))
    (i32.const 256))
  (func (export "cabi_post_wasmill:guest/transform@0.1.0#process") (param i32)
    (global.set $free (i32.const 4096)))
)
