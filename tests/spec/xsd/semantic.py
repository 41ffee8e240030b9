#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the schemas cannot see in a CPE's message: counts, pairs of events, fixed words.

usage: semantic.py FILE...
"""
import re
import sys
import xml.etree.ElementTree as ET

SOAP = '{http://schemas.xmlsoap.org/soap/envelope/}'
ENCODING = '{http://schemas.xmlsoap.org/soap/encoding/}'
TYPE = '{http://www.w3.org/2001/XMLSchema-instance}type'
SINGLE_EVENTS = (
    '0 BOOTSTRAP', '1 BOOT', '2 PERIODIC', '3 SCHEDULED', '4 VALUE CHANGE', '5 KICKED', '6 CONNECTION REQUEST',
    '7 TRANSFER COMPLETE', '8 DIAGNOSTICS COMPLETE', '9 REQUEST DOWNLOAD', '10 AUTONOMOUS TRANSFER COMPLETE')


def check_header(root):
    for entry in root.iterfind(SOAP + 'Header/*'):
        if entry.tag.endswith(('}ID', '}HoldRequests')) and entry.get(SOAP + 'mustUnderstand') != '1':
            yield f'mustUnderstand of {entry.tag} is not 1'


def check_arrays(root):
    for element in root.iter():
        written = element.get(ENCODING + 'arrayType')
        if written is None:
            continue
        match = re.match(r'^[^\[]+\[(\d+)\]$', written)
        if not match:
            yield f'arrayType not of the form type[n]: {written}'
        elif int(match.group(1)) != len(element):
            yield f'arrayType {written} but {len(element)} elements'


def check_events(root):
    codes = [event.text or '' for event in root.iter('EventCode')]
    for code in codes:
        if code not in SINGLE_EVENTS and not re.match(r'^(M \S+|X [0-9A-F]{6} .+)$', code):
            yield f'no event code: {code!r}'
    for code in SINGLE_EVENTS:
        if codes.count(code) > 1:
            yield f'single event more than once: {code}'
    if '3 SCHEDULED' in codes and 'M ScheduleInform' not in codes:
        yield '3 SCHEDULED without M ScheduleInform'
    if '7 TRANSFER COMPLETE' in codes and not {'M Download', 'M Upload'} & set(codes):
        yield '7 TRANSFER COMPLETE without M Download or M Upload'
    for event in root.iter('EventStruct'):
        if event.findtext('CommandKey') and not event.findtext('EventCode', '').startswith('M '):
            yield f'{event.findtext("EventCode")} with a CommandKey'


def check_values(root):
    for structure in root.iter('ParameterValueStruct'):
        value = structure.find('Value')
        if value is not None and not value.get(TYPE):
            yield 'Value without xsi:type'
    names = [structure.findtext('Name') for inform in root.iter() if inform.tag.endswith('}Inform')
             for structure in inform.iter('ParameterValueStruct')]
    if len(names) != len(set(names)):
        yield 'a parameter more than once in an Inform'


def check_transfers(root):
    for element in root.iter():
        if element.tag.endswith(('}DownloadResponse', '}UploadResponse')) and element.findtext('Status') == '1':
            if {element.findtext('StartTime'), element.findtext('CompleteTime')} != {'0001-01-01T00:00:00Z'}:
                yield 'Status 1 with times that are known'
    for fault in root.iter('FaultStruct'):
        if fault.findtext('FaultCode') == '0' and fault.findtext('FaultString'):
            yield 'a FaultStruct of 0 with a FaultString'


def check_fault(body):
    fault = body.find(SOAP + 'Fault')
    if fault is None:
        return
    code = (fault.findtext('faultcode') or '').split(':')[-1]
    if code == 'MustUnderstand':  # SOAP's own, about the header: no detail
        if fault.find('detail') is not None:
            yield 'a MustUnderstand fault with detail'
        return
    if code not in ('Client', 'Server'):
        yield 'faultcode is neither Client nor Server'
    if fault.findtext('faultstring') != 'CWMP fault':
        yield 'faultstring is not "CWMP fault"'
    details = fault.findall('detail/*')
    if len(details) != 1 or not details[0].tag.endswith('}Fault'):
        yield 'detail does not hold exactly one cwmp:Fault'


def check(path):
    root = ET.parse(path).getroot()
    if root.tag != SOAP + 'Envelope':
        return ['the root is no soap:Envelope']
    body = root.find(SOAP + 'Body')
    if body is None or len(body) != 1:
        return ['the Body does not hold exactly one message']
    return [*check_header(root), *check_arrays(root), *check_events(root), *check_values(root),
            *check_transfers(root), *check_fault(body)]


def main(paths):
    complaints = [f'{path}: {what}' for path in paths for what in check(path)]
    print(*complaints, sep='\n', end='\n' if complaints else '')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
